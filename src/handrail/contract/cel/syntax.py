"""The tree that the parser makes. Every node knows where it stands and how deep it is."""

from typing import Literal

import msgspec

RelationSign = Literal["==", "!=", "<", "<=", ">", ">="]
ArithmeticSign = Literal["+", "-", "*", "/", "%"]
BinarySign = RelationSign | ArithmeticSign | Literal["in"]
LogicalSign = Literal["&&", "||"]


class _Node(msgspec.Struct, frozen=True, kw_only=True):
    start: int
    end: int
    depth: int = 1


class Constant(_Node, frozen=True, kw_only=True):
    value: str | int | float | bool


class Name(_Node, frozen=True, kw_only=True):
    """A field by its dotted name, or a bare built-in."""

    name: str


class ListOf(_Node, frozen=True, kw_only=True):
    items: tuple["Expr", ...]


class Unary(_Node, frozen=True, kw_only=True):
    sign: Literal["!", "-"]
    operand: "Expr"


class Binary(_Node, frozen=True, kw_only=True):
    sign: BinarySign
    left: "Expr"
    right: "Expr"


class Logical(_Node, frozen=True, kw_only=True):
    """`a && b && c` as one node. Absorption does not depend on how a chain is bracketed."""

    sign: LogicalSign
    operands: tuple["Expr", ...]


class Choose(_Node, frozen=True, kw_only=True):
    test: "Expr"
    then: "Expr"
    otherwise: "Expr"


class Call(_Node, frozen=True, kw_only=True):
    """`function(arguments)`, or `subject.function(arguments)`."""

    function: str
    function_start: int
    subject: "Expr | None"
    arguments: tuple["Expr", ...]

    @property
    def function_end(self) -> int:
        return self.function_start + len(self.function)


Expr = Constant | Name | ListOf | Unary | Binary | Logical | Choose | Call
