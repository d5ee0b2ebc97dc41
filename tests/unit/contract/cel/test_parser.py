"""How a condition is read: precedence, grouping, places."""

import pytest

from handrail.contract.cel import Expr, parse
from handrail.contract.cel.syntax import (
    Binary,
    Call,
    Choose,
    Constant,
    ListOf,
    Logical,
    Name,
    Unary,
)


def tree(text: str) -> Expr:
    found = parse(text)
    assert not isinstance(found, tuple), found
    return found


def outline(expr: Expr) -> str:
    """The tree with all its brackets."""
    match expr:
        case Constant():
            return repr(expr.value)
        case Name():
            return expr.name
        case ListOf():
            return f"[{', '.join(map(outline, expr.items))}]"
        case Unary():
            return f"({expr.sign}{outline(expr.operand)})"
        case Binary():
            return f"({outline(expr.left)} {expr.sign} {outline(expr.right)})"
        case Logical():
            return f"({f' {expr.sign} '.join(map(outline, expr.operands))})"
        case Choose():
            return "({} ? {} : {})".format(*map(outline, (expr.test, expr.then, expr.otherwise)))
        case Call():
            subject = "" if expr.subject is None else f"{outline(expr.subject)}."
            return f"{subject}{expr.function}({', '.join(map(outline, expr.arguments))})"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a || b && c", "(a || (b && c))"),
        ("a && b && c", "(a && b && c)"),
        ("(a && b) && c", "((a && b) && c)"),
        ("a || b || c && d", "(a || b || (c && d))"),
        ("!a && b", "((!a) && b)"),
        ("a == b && c", "((a == b) && c)"),
        ("a + b < c * d", "((a + b) < (c * d))"),
        ("a - b - c", "((a - b) - c)"),
        ("a / b * c", "((a / b) * c)"),
        ("a < b == c", "((a < b) == c)"),
        ("a in [b, 1]", "(a in [b, 1])"),
        ("a ? b : c ? d : e", "(a ? b : (c ? d : e))"),
        ("a || b ? c : d", "((a || b) ? c : d)"),
        ("-a.b", "(-a.b)"),
        ("-1 + -2.5", "(-1 + -2.5)"),
        ("a -1", "(a - 1)"),
        ("!a.startsWith('x')", "(!a.startsWith('x'))"),
        ("a . b . c", "a.b.c"),
        ("a.contains(b.c)", "a.contains(b.c)"),
        ("'x'.contains('y')", "'x'.contains('y')"),
        ("f(a, [], (b))", "f(a, [], b)"),
        ("inside", "inside"),
        ("in1 in in2", "(in1 in in2)"),
        ("trueish", "trueish"),
    ],
)
def test_operators_bind_as_in_cel(text: str, expected: str) -> None:
    assert outline(tree(text)) == expected


def test_every_node_knows_where_it_stands() -> None:
    text = "  lead.a == -1 && (has(lead.b) ? true : x.contains('y'))"
    both = tree(text)
    assert isinstance(both, Logical)
    relation, choice = both.operands
    assert isinstance(relation, Binary) and isinstance(choice, Choose)
    assert isinstance(choice.otherwise, Call)
    parts = [relation, relation.left, relation.right, choice.test, choice.otherwise]
    assert [text[part.start : part.end] for part in parts] == [
        "lead.a == -1",
        "lead.a",
        "-1",
        "has(lead.b)",
        "x.contains('y')",
    ]
    call = choice.otherwise
    assert text[call.function_start : call.function_end] == "contains"


def test_the_depth_of_a_node_is_that_of_the_tree_below() -> None:
    assert tree("a").depth == 1
    assert tree("a + b + c").depth == 3
    assert tree("a && b && c").depth == 2
