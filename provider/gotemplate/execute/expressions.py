"""Pipelines: what stands between the delimiters, evaluated with Go's rules for operands, fields, methods and functions.

Nil and no value are two things here (see `fields`): a pipeline gives MISSING for nil, as in Go.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from provider.golang import failures, values
from provider.gotemplate import faults, function, state
from provider.gotemplate.execute import arguments, builtins, fields, scopes
from provider.gotemplate.parse import nodes

Value = Any
"""Any value of a template."""

_NOT_PIPED: Final = object()
"""The final argument of a command that has none, which is not the same as nil."""

_Given = tuple[tuple[nodes.Node, ...], Value]
"""The operands of a command, the first among them, and the final argument."""

_NOTHING_GIVEN: Final[_Given] = ((), _NOT_PIPED)

_COST: Final = 4
"""The most frames of Python's stack that a pipeline within another takes."""

_CHAIN_COST: Final = 3
"""The same for fields of a pipeline in parentheses."""

_MOST_FRAMES: Final = 560
"""Of the interpreter's 1,000: what is left is for the caller and for functions that walk nested values.

A hundred pairs of parentheses fit, which is what the parser takes, and about fifty `executeTemplate` within another.
`template` takes none and may go as deep as `limits.Limits.depth`.
"""


class Expressions:
    """Evaluates pipelines.

    Attributes:
        tree: the template that is executed.
        scope: its variables.
        node: where an error is; Go's rules say which node that is at any time.
        frames: how much of Python's stack pipelines within pipelines take now.
    """

    __slots__ = ("_budget", "_functions", "_state", "frames", "node", "scope", "tree")

    def __init__(self, tree: nodes.Tree, rendering: state.State, functions: function.Functions) -> None:
        self.tree = tree
        self.scope = scopes.Scope(values.MISSING)
        self.node: nodes.Node = tree.root
        self._state = rendering
        self._budget = rendering.budget
        self._functions = functions
        self.frames = 0

    def fault(self, message: str) -> faults.ExecFault:
        """What is wrong, at the node that is evaluated."""
        return faults.ExecFault(message, self.tree.source, self.node.line, self.node.column)

    def over_limit(self, message: str) -> faults.LimitFault:
        """The limit that is reached, at the node that is evaluated."""
        return faults.LimitFault(message, self.tree.source, self.node.line, self.node.column)

    def pipeline(self, pipe: nodes.Pipe, dot: Value) -> Value:
        """The value of a pipeline, after declaring or assigning its variables.

        Raises:
            faults.ExecFault: it has none.
            failures.Exceeded: it is not paid for.
        """
        self.frames += _COST
        if self.frames > _MOST_FRAMES:
            raise failures.Exceeded("parentheses and executeTemplate are nested too deeply")
        self.node = pipe
        value: Value = _NOT_PIPED
        for command in pipe.commands:
            self._budget.step()
            first = command.operands[0]
            value = self._COMMANDS[type(first)](self, command, first, dot, value)
            if value is None:
                value = values.MISSING
        for name in pipe.variables:
            if pipe.assigns:
                self.assign(name, value)
            else:
                self.scope.declare(name, value)
        self.frames -= _COST
        return value

    def assign(self, name: str, value: Value) -> None:
        """Assign to a variable.

        Raises:
            faults.ExecFault: there is none of that name.
        """
        try:
            self.scope.assign(name, value)
        except failures.Failed as failed:
            raise self.fault(failed.message) from None

    # Commands: the first operand, given the others and what is piped into it.

    def _function(self, command: nodes.Command, first: nodes.Identifier, dot: Value, final: Value) -> Value:
        return self._call(self._called(first), command, dot, (command.operands, final))

    def _field(self, command: nodes.Command, first: nodes.Field, dot: Value, final: Value) -> Value:
        self.node = first
        return self._chain(dot, first, first.fields, dot, (command.operands, final))

    def _variable(self, command: nodes.Command, first: nodes.Variable, dot: Value, final: Value) -> Value:
        value = self._value_of(first)
        if first.fields:
            return self._chain(value, first, first.fields, dot, (command.operands, final))
        self._refuse_arguments(command, final)
        return value

    def _chained(self, command: nodes.Command, first: nodes.Chain, dot: Value, final: Value) -> Value:
        return self._chain(self._term(first, dot), first, first.fields, dot, (command.operands, final))

    def _parenthesised(self, command: nodes.Command, first: nodes.Pipe, dot: Value, final: Value) -> Value:
        self._refuse_arguments(command, final)
        return self.pipeline(first, dot)

    def _dot(self, command: nodes.Command, first: nodes.Node, dot: Value, final: Value) -> Value:
        self.node = first
        self._refuse_arguments(command, final)
        return dot

    def _nil(self, command: nodes.Command, first: nodes.Node, _dot: Value, final: Value) -> Value:
        self.node = first
        self._refuse_arguments(command, final)
        raise self.fault("nil is not a command")

    def _constant(self, command: nodes.Command, first: nodes.Constant, _dot: Value, final: Value) -> Value:
        self.node = first
        self._refuse_arguments(command, final)
        try:
            return arguments.ideal(first)
        except failures.Failed as failed:
            raise self.fault(failed.message) from None

    def _refuse_arguments(self, command: nodes.Command, final: Value) -> None:
        if len(command.operands) > 1 or final is not _NOT_PIPED:
            raise self.fault(f"can't give argument to non-function {arguments.shown(command.operands[0])}")

    # Operands: arguments of a function, without arguments of their own.

    def _dot_operand(self, _operand: nodes.Node, dot: Value) -> Value:
        return dot

    def _function_operand(self, operand: nodes.Identifier, dot: Value) -> Value:
        return self._call(self._called(operand), operand, dot, _NOTHING_GIVEN)

    def _field_operand(self, operand: nodes.Field, dot: Value) -> Value:
        return self._chain(dot, operand, operand.fields, dot, _NOTHING_GIVEN)

    def _variable_operand(self, operand: nodes.Variable, dot: Value) -> Value:
        return self._chain(self._value_of(operand), operand, operand.fields, dot, _NOTHING_GIVEN)

    def _chain_operand(self, operand: nodes.Chain, dot: Value) -> Value:
        return self._chain(self._term(operand, dot), operand, operand.fields, dot, _NOTHING_GIVEN)

    def _term(self, chain: nodes.Chain, dot: Value) -> Value:
        self.node = chain
        if isinstance(chain.term, nodes.Nil):
            raise self.fault(f"indirection through explicit nil in {chain}")
        self.frames += _CHAIN_COST
        value = self._argument(chain.term, "value", dot)
        self.frames -= _CHAIN_COST
        return value

    def _value_of(self, variable: nodes.Variable) -> Value:
        self.node = variable
        try:
            return self.scope.get(variable.name)
        except failures.Failed as failed:
            raise self.fault(failed.message) from None

    # Fields and calls.

    def _chain(self, receiver: Value, node: nodes.Node, names: tuple[str, ...], dot: Value, given: _Given) -> Value:
        """`.a.b` of a value; the last may be a method that takes the other operands and the final argument."""
        self._budget.step(len(names))
        last = len(names) - 1
        has_arguments = len(given[0]) > 1 or given[1] is not _NOT_PIPED
        for position, name in enumerate(names):
            taking = has_arguments and position == last
            if type(receiver) is dict and name in receiver and not taking:
                receiver = receiver[name]
                continue
            method = fields.method(receiver, name)
            if method is not None:
                receiver = self._call(method, node, dot, given if taking else _NOTHING_GIVEN)
                continue
            try:
                receiver = fields.get(receiver, name, self._state, has_arguments=taking)
            except failures.Exceeded:
                raise
            except failures.Failed as failed:
                raise self.fault(failed.message) from None
        return receiver

    def _called(self, identifier: nodes.Identifier) -> function.Function:
        self.node = identifier
        name = identifier.name
        called = self._functions.get(name) or builtins.TABLE.functions.get(name)
        if called is None:
            raise self.fault(f'"{name}" is not a defined function')
        return called

    def _call(self, called: function.Function, node: nodes.Node, dot: Value, given: _Given) -> Value:
        """Call a function with the operands behind the first, and with what is piped into it as the last."""
        operands, final = given
        written = len(operands) - 1 if operands else 0
        wrong = arguments.wrong_number(called, written, written + (final is not _NOT_PIPED))
        if wrong:
            raise self.fault(wrong)
        stop = builtins.STOPS.get(called.call)
        params = called.params
        passed: list[Value] = []
        for position in range(written):
            kind = params[position] if position < len(params) else params[-1]
            value = self._argument(operands[position + 1], kind, dot)
            if stop is not None and values.is_true(value) is stop:
                return value
            passed.append(value)
        if final is not _NOT_PIPED:
            kind = params[len(passed)] if len(passed) < len(params) else params[-1]
            passed.append(self._converted(final, kind))
        if stop is not None:
            return passed[-1]
        if called.call is builtins.call:
            passed.insert(0, arguments.shown(operands[1]) if written else "value")
        return self._run(called, node, passed)

    def _run(self, called: function.Function, node: nodes.Node, given: list[Value]) -> Value:
        try:
            return called.call(self._state, *given)
        except failures.Exceeded as exceeded:
            self.node = node
            raise self.over_limit(exceeded.message) from exceeded
        except failures.Failed as failed:
            self.node = node
            raise self.fault(f"error calling {called.name}: {failed.message}") from failed
        except faults.LimitFault:
            raise
        except faults.ExecFault as inner:
            # A template that this function executed: the innermost place is told, however many lie between.
            self.node = node
            began = f"error calling {called.name}: "
            raise self.fault(inner.message if inner.message.startswith(began) else f"{began}{inner}") from inner

    def _argument(self, operand: nodes.Node, kind: str, dot: Value) -> Value:
        self._budget.step()
        self.node = operand
        evaluate = self._OPERANDS.get(type(operand))
        if evaluate is not None:
            return self._converted(evaluate(self, operand, dot), kind)
        try:
            if isinstance(operand, nodes.Constant):
                return arguments.constant(operand, kind)
            return arguments.nil(kind)
        except failures.Failed as failed:
            raise self.fault(failed.message) from None

    def _converted(self, value: Value, kind: str) -> Value:
        try:
            return arguments.converted(value, kind, self._budget)
        except failures.Exceeded:
            raise
        except failures.Failed as failed:
            raise self.fault(failed.message) from None

    _COMMANDS: ClassVar[dict[type, Callable[[Any, nodes.Command, Any, Value, Value], Value]]] = {
        nodes.Identifier: _function,
        nodes.Field: _field,
        nodes.Variable: _variable,
        nodes.Chain: _chained,
        nodes.Pipe: _parenthesised,
        nodes.Dot: _dot,
        nodes.Nil: _nil,
        nodes.Constant: _constant,
    }
    _OPERANDS: ClassVar[dict[type, Callable[[Any, Any, Value], Value]]] = {
        nodes.Identifier: _function_operand,
        nodes.Field: _field_operand,
        nodes.Variable: _variable_operand,
        nodes.Chain: _chain_operand,
        nodes.Pipe: pipeline,
        nodes.Dot: _dot_operand,
    }
