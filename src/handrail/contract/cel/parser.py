"""Tokens to a tree, by precedence climbing. It stops at the first token that does not fit."""

from collections.abc import Callable
from typing import Literal, Never, cast

from handrail.contract.cel.problem import Problem, ProblemKind
from handrail.contract.cel.syntax import (
    Binary,
    BinarySign,
    Call,
    Choose,
    Constant,
    Expr,
    ListOf,
    Logical,
    LogicalSign,
    Name,
    Unary,
)
from handrail.contract.cel.tokens import INTEGER_MAX, Token, tokenize, too_large

LENGTH_MAX = 4_000  # characters: a condition that people sign fits on a page
DEPTH_MAX = 50  # levels of the tree: far below Python's recursion limit for all who walk it
LIST_MAX = 500  # items: all countries fit twice; more belong into a table

_OR, _AND, _RELATION, _SUM, _PRODUCT = 1, 2, 3, 4, 5
_POWER = {
    "||": _OR,
    "&&": _AND,
    **dict.fromkeys(("==", "!=", "<", "<=", ">", ">=", "in"), _RELATION),
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/", "%"), _PRODUCT),
}
_RESERVED = frozenset(
    (
        "as",
        "break",
        "const",
        "continue",
        "else",
        "for",
        "function",
        "if",
        "import",
        "let",
        "loop",
        "package",
        "namespace",
        "return",
        "var",
        "void",
        "while",
    )
)
_MACRO = "Macros are not part of conditions: name the values in a list or a table and use in."
_CONVERSION = "Conversions are not part of conditions: give the field the type that you need."
_DATE_PART = 'Parts of dates are not part of conditions: compare with timestamp("...").'
_UNSUPPORTED = {
    **dict.fromkeys(("all", "exists", "exists_one", "existsOne", "map", "filter"), _MACRO),
    **dict.fromkeys(
        ("int", "uint", "double", "string", "bytes", "bool", "dyn", "type"), _CONVERSION
    ),
    **dict.fromkeys(
        (
            "getDate",
            "getDayOfMonth",
            "getDayOfWeek",
            "getDayOfYear",
            "getFullYear",
            "getHours",
            "getMilliseconds",
            "getMinutes",
            "getMonth",
            "getSeconds",
        ),
        _DATE_PART,
    ),
    "duration": 'Durations are not part of conditions: count("SIGNAL", "2h") takes a period.',
    "matches": "Patterns are not part of conditions: use startsWith, endsWith, contains or in.",
}
_WORDS = {
    "and": "Write && for and.",
    "or": "Write || for or.",
    "not": "Write ! for not: !(a in b).",
    "is": "Write == to compare.",
}


class _Stop(Exception):
    """Carries the one problem out of the depth of the parser; never leaves this module."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def parse(text: str) -> Expr | tuple[Problem, ...]:
    """The tree of a condition, or the first problem in its syntax."""
    if len(text) > LENGTH_MAX:
        message = f"A condition has at most {LENGTH_MAX} characters: put lists into a table."
        return (Problem("syntax", LENGTH_MAX, len(text), message),)
    tokens = tokenize(text)
    if len(tokens) == 1:
        return (Problem("syntax", 0, len(text), "The condition is empty: write one, or true."),)
    try:
        return _Parser(tokens).condition()
    except _Stop as stop:
        return (stop.problem,)


class _Parser:
    def __init__(self, tokens: tuple[Token, ...]) -> None:
        self._tokens = tokens
        self._next = 0
        self._nesting = 0

    def condition(self) -> Expr:
        tree = self._choose()
        if self._peek().kind != "end":
            self._unexpected(self._peek())
        return tree

    def _choose(self) -> Expr:
        test = self._binary(_OR)
        if not self._skip("?"):
            return test
        then = self._nested(lambda: self._binary(_OR))
        self._expect(":")
        otherwise = self._nested(self._choose)
        return self._shallow(
            Choose(
                start=test.start,
                end=otherwise.end,
                depth=1 + max(test.depth, then.depth, otherwise.depth),
                test=test,
                then=then,
                otherwise=otherwise,
            )
        )

    def _binary(self, power: int) -> Expr:
        """Operators that bind at least as strongly as `power`; all of them group to the left."""
        left = self._operand()
        while (found := _POWER.get(self._peek_sign(), 0)) >= power:
            if found in (_OR, _AND):
                left = self._logical(left, found)
            else:
                sign = cast(BinarySign, self._take().text)
                left = self._shallow(_join(sign, left, self._binary(found + 1)))
        return left

    def _logical(self, first: Expr, power: int) -> Expr:
        sign = cast(LogicalSign, self._peek().text)
        operands = [first]
        while self._skip(sign):
            operands.append(self._binary(power + 1))
        depth = 1 + max(operand.depth for operand in operands)
        return self._shallow(
            Logical(
                start=first.start,
                end=operands[-1].end,
                depth=depth,
                sign=sign,
                operands=tuple(operands),
            )
        )

    def _operand(self) -> Expr:
        token = self._peek()
        if token.kind == "symbol" and token.text in ("!", "-"):
            return self._unary(self._take())
        operand = self._primary()
        while (mark := self._peek()).kind == "symbol" and mark.text in (".", "["):
            operand = self._member(operand, self._take())
        return operand

    def _unary(self, token: Token) -> Expr:
        """A minus right before a number belongs to the number: -2^63 has no positive twin."""
        number = self._peek()
        if token.text == "-" and number.kind in ("integer", "number"):
            assert not isinstance(number.value, str)
            return Constant(start=token.start, end=self._take().end, value=-number.value)
        operand = self._nested(self._operand)
        return self._shallow(
            Unary(
                start=token.start,
                end=operand.end,
                depth=1 + operand.depth,
                sign=cast(Literal["!", "-"], token.text),
                operand=operand,
            )
        )

    def _primary(self) -> Expr:
        token = self._take()
        match token.kind, token.text:
            case "name", _:
                return self._name(token)
            case (("string" | "number"), _):
                return Constant(start=token.start, end=token.end, value=token.value)
            case "integer", _:
                return self._integer(token)
            case "symbol", "(":
                return self._bracketed()
            case "symbol", "[":
                return self._list(token)
            case "symbol", "{":
                self._stop(token, "Maps are not part of conditions: use a table and lookup.")
            case "symbol", ".":
                self._stop(token, "A name does not begin with a dot: write it as lead.country.")
            case _:
                self._unexpected(token)

    def _integer(self, token: Token) -> Constant:
        assert isinstance(token.value, int)
        if token.value > INTEGER_MAX:
            self._stop(token, too_large(), kind="value")
        return Constant(start=token.start, end=token.end, value=token.value)

    def _bracketed(self) -> Expr:
        inside = self._nested(self._choose)
        self._expect(")")
        return inside

    def _list(self, opening: Token) -> Expr:
        items, closing = self._items("]")
        depth = 1 + max((item.depth for item in items), default=0)
        return self._shallow(ListOf(start=opening.start, end=closing.end, depth=depth, items=items))

    def _name(self, token: Token) -> Expr:
        match token.text:
            case "true" | "false":
                return Constant(start=token.start, end=token.end, value=token.text == "true")
            case "null":
                self._stop(token, "There is no null in conditions: ask has(FIELD) for absence.")
            case "in":
                self._unexpected(token)
            case "not" if self._peek().kind in ("name", "string", "integer", "number"):
                self._stop(token, _WORDS["not"])
            case word if word in _RESERVED:
                self._stop(token, f"{word} is a reserved word of CEL: use another name.")
        if self._skip("("):
            return self._call(None, token)
        return Name(start=token.start, end=token.end, name=token.text)

    def _member(self, subject: Expr, mark: Token) -> Expr:
        if mark.text == "[":
            self._stop(mark, 'Indexing is not part of conditions: ask "x" in LIST.')
        selector = self._take()
        if selector.kind != "name" or selector.text in ("true", "false", "null", "in"):
            self._unexpected(selector)
        if self._skip("("):
            return self._call(subject, selector)
        if not isinstance(subject, Name):
            self._stop(selector, f"Only fields have parts: .{selector.text} does not stand here.")
        return Name(start=subject.start, end=selector.end, name=f"{subject.name}.{selector.text}")

    def _call(self, subject: Expr | None, function: Token) -> Expr:
        if function.text in _UNSUPPORTED:
            self._stop(function, f"{function.text}(): {_UNSUPPORTED[function.text]}")
        if subject is not None and function.text == "size":
            self._stop(function, "Write size(x), not x.size().")
        arguments, closing = self._items(")")
        below = arguments if subject is None else (subject, *arguments)
        return self._shallow(
            Call(
                start=function.start if subject is None else subject.start,
                end=closing.end,
                depth=1 + max((part.depth for part in below), default=0),
                function=function.text,
                function_start=function.start,
                subject=subject,
                arguments=arguments,
            )
        )

    def _items(self, closing: Literal[")", "]"]) -> tuple[tuple[Expr, ...], Token]:
        """Items up to the closing bracket; a list may end in a comma, as in CEL, a call not."""
        items: list[Expr] = []
        while not self._at(closing):
            if items:
                self._expect(",", closing)
                if closing == "]" and self._at(closing):
                    break
            if len(items) == LIST_MAX:
                message = f"A list has at most {LIST_MAX} items: put them into a table."
                self._stop(self._peek(), message)
            items.append(self._nested(self._choose))
        return tuple(items), self._take()

    def _nested(self, inner: Callable[[], Expr]) -> Expr:
        self._nesting += 1
        if self._nesting > DEPTH_MAX:
            self._too_deep(self._peek().start, self._peek().end)
        tree = inner()
        self._nesting -= 1
        return tree

    def _shallow(self, tree: Expr) -> Expr:
        if tree.depth > DEPTH_MAX:
            self._too_deep(tree.start, tree.end)
        return tree

    def _peek(self) -> Token:
        return self._tokens[self._next]

    def _peek_sign(self) -> str:
        token = self._peek()
        return token.text if token.kind == "symbol" or token.text == "in" else ""

    def _at(self, sign: str) -> bool:
        token = self._peek()
        return token.kind == "symbol" and token.text == sign

    def _take(self) -> Token:
        token = self._tokens[self._next]
        if token.kind != "end":
            self._next += 1
        return token

    def _skip(self, sign: str) -> bool:
        found = self._at(sign)
        if found:
            self._next += 1
        return found

    def _expect(self, *signs: str) -> None:
        if not self._skip(signs[0]):
            self._unexpected(self._peek(), wanted=" or ".join(signs))

    def _unexpected(self, token: Token, *, wanted: str | None = None) -> Never:
        if token.kind in ("fault", "oversize"):
            kind: ProblemKind = "value" if token.kind == "oversize" else "syntax"
            self._stop(token, str(token.value), kind=kind)
        remedy = _WORDS.get(token.text.lower(), f"Write {wanted} here." if wanted else "")
        if token.kind == "end":
            self._stop(token, f"The condition ends too early. {remedy or 'Complete it.'}")
        self._stop(token, f"{token.text} does not fit here. {remedy or 'Is an operator missing?'}")

    def _too_deep(self, start: int, end: int) -> Never:
        message = f"The condition is nested more than {DEPTH_MAX} levels deep: split it up."
        raise _Stop(Problem("syntax", start, end, message))

    def _stop(self, token: Token, message: str, *, kind: ProblemKind = "syntax") -> Never:
        raise _Stop(Problem(kind, token.start, token.end, message))


def _join(sign: BinarySign, left: Expr, right: Expr) -> Binary:
    return Binary(
        start=left.start,
        end=right.end,
        depth=1 + max(left.depth, right.depth),
        sign=sign,
        left=left,
        right=right,
    )
