"""Evaluates pipelines, with Go's rules for operands, fields, methods and functions.

`parse.pipeline_parser` made them from the source. Nil and no value are two things here (see `fields`): the value of a
pipeline that is nil is MISSING, as in Go.
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
"""The final argument of a command into which nothing is piped; not the same as nil."""

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


class PipelineEvaluator:
    """Evaluates pipelines.

    Attributes:
        tree: the template that is executed.
        scope: its variables.
        node: the current node, the place of an error; Go's rules say which node that is at any time.
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
        """Return the fault for what is wrong at the current node."""
        return faults.ExecFault(message, self.tree.source, self.node.line, self.node.column)

    def over_limit(self, message: str) -> faults.LimitFault:
        """Return the fault for the limit that is reached at the current node."""
        return faults.LimitFault(message, self.tree.source, self.node.line, self.node.column)

    def eval_pipeline(self, pipe: nodes.Pipe, dot: Value) -> Value:
        """Evaluate a pipeline, and declare or assign its variables.

        Raises:
            faults.ExecFault: it cannot be evaluated.
            failures.Exceeded: the budget is spent.
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
            faults.ExecFault: no variable of that name is declared.
        """
        try:
            self.scope.assign(name, value)
        except failures.Failed as failed:
            raise self.fault(failed.message) from None

    # Commands: the first operand, given the others and what is piped into it.

    def _eval_function(self, command: nodes.Command, first: nodes.Identifier, dot: Value, final: Value) -> Value:
        return self._eval_call(self._find_function(first), command, dot, (command.operands, final))

    def _eval_field(self, command: nodes.Command, first: nodes.Field, dot: Value, final: Value) -> Value:
        self.node = first
        return self._eval_field_chain(dot, first, first.fields, dot, (command.operands, final))

    def _eval_variable(self, command: nodes.Command, first: nodes.Variable, dot: Value, final: Value) -> Value:
        value = self._variable_value(first)
        if first.fields:
            return self._eval_field_chain(value, first, first.fields, dot, (command.operands, final))
        self._not_a_function(command, final)
        return value

    def _eval_chain(self, command: nodes.Command, first: nodes.Chain, dot: Value, final: Value) -> Value:
        return self._eval_field_chain(self._eval_term(first, dot), first, first.fields, dot, (command.operands, final))

    def _eval_parenthesised(self, command: nodes.Command, first: nodes.Pipe, dot: Value, final: Value) -> Value:
        self._not_a_function(command, final)
        return self.eval_pipeline(first, dot)

    def _eval_dot(self, command: nodes.Command, first: nodes.Node, dot: Value, final: Value) -> Value:
        self.node = first
        self._not_a_function(command, final)
        return dot

    def _eval_nil(self, command: nodes.Command, first: nodes.Node, _dot: Value, final: Value) -> Value:
        self.node = first
        self._not_a_function(command, final)
        raise self.fault("nil is not a command")

    def _eval_constant(self, command: nodes.Command, first: nodes.Constant, _dot: Value, final: Value) -> Value:
        self.node = first
        self._not_a_function(command, final)
        try:
            return arguments.ideal_constant(first)
        except failures.Failed as failed:
            raise self.fault(failed.message) from None

    def _not_a_function(self, command: nodes.Command, final: Value) -> None:
        if len(command.operands) > 1 or final is not _NOT_PIPED:
            raise self.fault(f"can't give argument to non-function {arguments.node_text(command.operands[0])}")

    # Operands: arguments of a function, without arguments of their own.

    def _dot_arg(self, _operand: nodes.Node, dot: Value) -> Value:
        return dot

    def _function_arg(self, operand: nodes.Identifier, dot: Value) -> Value:
        return self._eval_call(self._find_function(operand), operand, dot, _NOTHING_GIVEN)

    def _field_arg(self, operand: nodes.Field, dot: Value) -> Value:
        return self._eval_field_chain(dot, operand, operand.fields, dot, _NOTHING_GIVEN)

    def _variable_arg(self, operand: nodes.Variable, dot: Value) -> Value:
        return self._eval_field_chain(self._variable_value(operand), operand, operand.fields, dot, _NOTHING_GIVEN)

    def _chain_arg(self, operand: nodes.Chain, dot: Value) -> Value:
        return self._eval_field_chain(self._eval_term(operand, dot), operand, operand.fields, dot, _NOTHING_GIVEN)

    def _eval_term(self, chain: nodes.Chain, dot: Value) -> Value:
        self.node = chain
        if isinstance(chain.term, nodes.Nil):
            raise self.fault(f"indirection through explicit nil in {chain}")
        self.frames += _CHAIN_COST
        value = self._eval_arg(chain.term, "value", dot)
        self.frames -= _CHAIN_COST
        return value

    def _variable_value(self, variable: nodes.Variable) -> Value:
        self.node = variable
        try:
            return self.scope.get(variable.name)
        except failures.Failed as failed:
            raise self.fault(failed.message) from None

    # Fields and calls.

    def _eval_field_chain(
        self, receiver: Value, node: nodes.Node, names: tuple[str, ...], dot: Value, given: _Given
    ) -> Value:
        """Evaluate `.a.b` of a value; the last may be a method that takes the other operands and the final argument."""
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
                receiver = self._eval_call(method, node, dot, given if taking else _NOTHING_GIVEN)
                continue
            try:
                receiver = fields.get(receiver, name, self._state, has_arguments=taking)
            except failures.Exceeded:
                raise
            except failures.Failed as failed:
                raise self.fault(failed.message) from None
        return receiver

    def _find_function(self, identifier: nodes.Identifier) -> function.Function:
        self.node = identifier
        name = identifier.name
        called = self._functions.get(name) or builtins.TABLE.functions.get(name)
        if called is None:
            raise self.fault(f'"{name}" is not a defined function')
        return called

    def _eval_call(self, called: function.Function, node: nodes.Node, dot: Value, given: _Given) -> Value:
        """Call a function with the operands after the first, and with what is piped into it as the last argument."""
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
            value = self._eval_arg(operands[position + 1], kind, dot)
            if stop is not None and values.is_true(value) is stop:
                return value
            passed.append(value)
        if final is not _NOT_PIPED:
            kind = params[len(passed)] if len(passed) < len(params) else params[-1]
            passed.append(self._validate_type(final, kind))
        if stop is not None:
            return passed[-1]
        if called.call is builtins.call:
            passed.insert(0, arguments.node_text(operands[1]) if written else "value")
        return self._call(called, node, passed)

    def _call(self, called: function.Function, node: nodes.Node, given: list[Value]) -> Value:
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
            # A template that this function executed: the innermost place is reported, however many lie between.
            self.node = node
            began = f"error calling {called.name}: "
            raise self.fault(inner.message if inner.message.startswith(began) else f"{began}{inner}") from inner

    def _eval_arg(self, operand: nodes.Node, kind: str, dot: Value) -> Value:
        self._budget.step()
        self.node = operand
        evaluate = self._OPERANDS.get(type(operand))
        if evaluate is not None:
            return self._validate_type(evaluate(self, operand, dot), kind)
        try:
            if isinstance(operand, nodes.Constant):
                return arguments.constant(operand, kind)
            return arguments.nil(kind)
        except failures.Failed as failed:
            raise self.fault(failed.message) from None

    def _validate_type(self, value: Value, kind: str) -> Value:
        try:
            return arguments.validate_type(value, kind, self._budget)
        except failures.Exceeded:
            raise
        except failures.Failed as failed:
            raise self.fault(failed.message) from None

    _COMMANDS: ClassVar[dict[type, Callable[[Any, nodes.Command, Any, Value, Value], Value]]] = {
        nodes.Identifier: _eval_function,
        nodes.Field: _eval_field,
        nodes.Variable: _eval_variable,
        nodes.Chain: _eval_chain,
        nodes.Pipe: _eval_parenthesised,
        nodes.Dot: _eval_dot,
        nodes.Nil: _eval_nil,
        nodes.Constant: _eval_constant,
    }
    _OPERANDS: ClassVar[dict[type, Callable[[Any, Any, Value], Value]]] = {
        nodes.Identifier: _function_arg,
        nodes.Field: _field_arg,
        nodes.Variable: _variable_arg,
        nodes.Chain: _chain_arg,
        nodes.Pipe: eval_pipeline,
        nodes.Dot: _dot_arg,
    }
