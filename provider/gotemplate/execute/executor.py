"""Executes the statements of a parsed template, as text/template's walk does.

Their pipelines are evaluated by `pipeline_evaluator`. Blocks within blocks, and templates within templates, are kept on
a list: on Python's stack, a hundred templates of a few blocks each would not fit.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, ClassVar, Final

from provider.golang import failures, limits, ordering, values
from provider.gotemplate import function, state
from provider.gotemplate.execute import pipeline_evaluator, print_action, scopes
from provider.gotemplate.parse import nodes

Value = Any
"""Any value of a template."""

_COST: Final = 6
"""The frames of Python's stack from a function's call to the pipelines of the template that it executes."""

_MOST_NAMES: Final = 20
"""How many names of templates an error lists."""


def execute(program: nodes.Program, dot: values.Value, state: state.State, functions: function.Functions) -> str:
    """Render the main template. `state.execute` renders the others while this one is rendered.

    Args:
        program: the template, and the ones that it can call.
        dot: the value of `.` and `$`.
        state: the state of this rendering alone.
        functions: besides the builtins; one of the same name is preferred.

    Returns:
        The output; bytes that are not UTF-8 are surrogate escapes (`values.to_bytes`).

    Raises:
        faults.ExecFault: it cannot be rendered; a LimitFault where it takes more than its budget.
    """
    walk = _Walk(program, state, functions)
    before = state.execute
    state.execute = walk.named
    try:
        return walk.render(program.main, dot, state.budget.write)
    finally:
        # Without the circle, what was rendered is gone when its last user is.
        state.execute = before


@dataclass(slots=True)
class _OpenBlock:
    """A block that is being executed.

    Attributes:
        pending: the nodes still to come.
        dot: its dot.
        mark: where the variables stood before its statement.
        range: the statement, if it is the body of one.
        rounds: the indexes and elements still to come.
        round_mark: where the variables stood before the body.
        caller: the template and the variables to go back to, if it is a template.
        ends_at_break: whether it is the else branch of a range: in Go a break there ends it, and not the range around.
    """

    pending: Iterator[nodes.Node]
    dot: Value
    mark: int = 0
    range: nodes.Range | None = None
    rounds: Iterator[tuple[Value, Value]] = field(default_factory=lambda: iter(()))
    round_mark: int = 0
    caller: tuple[nodes.Tree, scopes.Scope] | None = None
    ends_at_break: bool = False


class _Walk:
    """Walks the statements of one rendering."""

    def __init__(self, program: nodes.Program, rendering: state.State, functions: function.Functions) -> None:
        self._trees = program.trees
        self._budget = rendering.budget
        self._evaluator = pipeline_evaluator.PipelineEvaluator(program.main, rendering, functions)
        self._open: list[_OpenBlock] = []
        self._output: list[str] = []
        self._pay: Callable[[int], None] = self._budget.write

    def named(self, name: str, dot: Value) -> str:
        """Render a template by name, for a function; its output is paid for as a string.

        Raises:
            failures.Failed: none is defined under that name. It is not quoted, since it may be a secret.
            faults.ExecFault: it cannot be rendered.
        """
        tree = self._trees.get(name)
        if tree is None:
            defined = sorted(filter(None, self._trees))
            more = ", ..." if len(defined) > _MOST_NAMES else ""
            raise failures.Failed(f"there is no such template (defined: {', '.join(defined[:_MOST_NAMES])}{more})")
        self._budget.enter()
        self._evaluator.frames += _COST
        try:
            return self.render(tree, dot, _string_paid(self._budget))
        finally:
            self._evaluator.frames -= _COST
            self._budget.leave()

    def render(self, tree: nodes.Tree, dot: Value, pay: Callable[[int], None]) -> str:
        """Render a template on its own.

        Args:
            tree: the template.
            dot: its argument.
            pay: called with the bytes of each piece of output before it is kept.

        Raises:
            faults.ExecFault: it cannot be rendered.
        """
        evaluator = self._evaluator
        outer = self._open, self._output, self._pay, evaluator.tree, evaluator.scope, evaluator.node
        argument = values.MISSING if dot is None else dot
        self._open, self._output, self._pay = [_OpenBlock(iter(tree.root.nodes), argument)], [], pay
        evaluator.tree, evaluator.scope = tree, scopes.Scope(argument)
        try:
            self._walk()
            return "".join(self._output)
        except failures.Exceeded as exceeded:
            raise evaluator.over_limit(exceeded.message) from exceeded
        finally:
            self._open, self._output, self._pay, evaluator.tree, evaluator.scope, evaluator.node = outer

    def _walk(self) -> None:
        blocks, statements, step = self._open, self._STATEMENTS, self._budget.step
        while blocks:
            block = blocks[-1]
            node = next(block.pending, None)
            if node is None:
                self._end_block(block)
                continue
            self._evaluator.node = node
            step()
            statements[type(node)](self, node, block.dot)

    def _end_block(self, block: _OpenBlock) -> None:
        """Begin the next round of a block, or leave it."""
        following = next(block.rounds, None)
        if following is not None and block.range is not None:
            self._evaluator.scope.pop(block.round_mark)
            self._evaluator.node = block.range
            self._budget.step()
            self._set_range_variables(block.range.pipe, *following)
            block.dot = following[1]
            block.pending = iter(block.range.body.nodes)
            return
        self._open.pop()
        if block.caller is None:
            self._evaluator.scope.pop(block.mark)
        else:
            self._evaluator.tree, self._evaluator.scope = block.caller
            self._budget.leave()

    def _set_range_variables(self, pipe: nodes.Pipe, index: Value, element: Value) -> None:
        """Assign to the variables of a range; a single one gets the element."""
        names = pipe.variables
        if not names:
            return
        change = self._evaluator.assign
        if len(names) > 1:
            change(names[0], index)
        change(names[-1], element)

    # Statements.

    def _walk_text(self, node: nodes.Text, _dot: Value) -> None:
        self._write(node.text)

    def _walk_action(self, node: nodes.Action, dot: Value) -> None:
        value = self._evaluator.eval_pipeline(node.pipe, dot)
        if node.pipe.variables:
            return
        self._evaluator.node = node
        self._write(value if type(value) is str else self._printed(value))

    def _printed(self, value: Value) -> str:
        try:
            return print_action.print_action(value, self._budget)
        except failures.Exceeded:
            raise
        except failures.Failed as failed:
            raise self._evaluator.fault(f"can't print: {failed.message}") from None

    def _write(self, text: str) -> None:
        self._pay(values.size(text))
        self._output.append(text)

    def _walk_if_or_with(self, node: nodes.If | nodes.With, dot: Value) -> None:
        mark = self._evaluator.scope.mark()
        value = self._evaluator.eval_pipeline(node.pipe, dot)
        if values.is_true(value):
            inner = value if isinstance(node, nodes.With) else dot
            self._open.append(_OpenBlock(iter(node.body.nodes), inner, mark))
        else:
            self._walk_else_list(node, dot, mark)

    def _walk_else_list(self, node: nodes.Branch, dot: Value, mark: int) -> None:
        """Begin the else branch. It may use variables that the statement declared."""
        if node.else_list is None:
            self._evaluator.scope.pop(mark)
        else:
            ends_at_break = isinstance(node, nodes.Range)
            self._open.append(_OpenBlock(iter(node.else_list.nodes), dot, mark, ends_at_break=ends_at_break))

    def _walk_range(self, node: nodes.Range, dot: Value) -> None:
        scope = self._evaluator.scope
        mark = scope.mark()
        value = self._evaluator.eval_pipeline(node.pipe, dot)
        try:
            rounds = _rounds(value, len(node.pipe.variables), self._budget)
        except failures.Exceeded:
            raise
        except failures.Failed as failed:
            raise self._evaluator.fault(failed.message) from None
        first = next(rounds, None)
        if first is None:
            self._walk_else_list(node, dot, mark)
            return
        rounds = itertools.chain((first,), rounds)
        self._open.append(_OpenBlock(iter(()), dot, mark, node, rounds, scope.mark()))

    # The parser sees to it that a break or continue is inside a range of the same template.

    def _walk_break(self, _node: nodes.Break, _dot: Value) -> None:
        while self._open[-1].range is None and not self._open[-1].ends_at_break:
            self._open.pop()
        self._open[-1].pending, self._open[-1].rounds = iter(()), iter(())

    def _walk_continue(self, _node: nodes.Continue, _dot: Value) -> None:
        while self._open[-1].range is None:
            self._open.pop()
        self._open[-1].pending = iter(())

    def _walk_template(self, node: nodes.Template, dot: Value) -> None:
        evaluator = self._evaluator
        tree = self._trees.get(node.name)
        if tree is None:
            raise evaluator.fault(f'template "{node.name}" not defined')
        self._budget.enter()
        argument = values.MISSING if node.pipe is None else evaluator.eval_pipeline(node.pipe, dot)
        self._open.append(_OpenBlock(iter(tree.root.nodes), argument, caller=(evaluator.tree, evaluator.scope)))
        evaluator.tree, evaluator.scope = tree, scopes.Scope(argument)

    _STATEMENTS: ClassVar[dict[type, Callable[[Any, Any, Value], None]]] = {
        nodes.Text: _walk_text,
        nodes.Action: _walk_action,
        nodes.If: _walk_if_or_with,
        nodes.With: _walk_if_or_with,
        nodes.Range: _walk_range,
        nodes.Break: _walk_break,
        nodes.Continue: _walk_continue,
        nodes.Template: _walk_template,
    }


def _string_paid(budget: limits.Budget) -> Callable[[int], None]:
    """Return a function that pays for the pieces of one string."""
    size = 0

    def pay(more: int) -> None:
        nonlocal size
        size += more
        if size > budget.limits.string:
            budget.allocate(size)
        budget.step(1 + more // 100)

    return pay


def _rounds(value: Value, variables: int, budget: limits.Budget) -> Iterator[tuple[Value, Value]]:
    """Return the indexes or keys, and the elements, that a range visits.

    Raises:
        failures.Failed: it cannot be ranged over.
    """
    if value is values.MISSING:
        return iter(())
    if isinstance(value, list):
        return enumerate(value)
    if isinstance(value, dict):
        return iter([(key, value[key]) for key in ordering.sorted_keys(value, budget)])
    if isinstance(value, values.Channel):
        return _received(value)
    if isinstance(value, bytes):
        return enumerate(map(values.Uint64, value))
    if isinstance(value, int) and not isinstance(value, bool):
        if variables > 1:
            raise failures.Failed("can't use an int to iterate over more than one variable")
        kind = type(value)
        return ((values.MISSING, kind(each)) for each in range(value))
    raise failures.Failed(f"range can't iterate over a value of type {values.type_name(value)}")


def _received(counter: values.Channel) -> Iterator[tuple[int, values.Int64]]:
    """Yield what a channel still holds; each element is gone once it is taken."""
    for index in itertools.count():
        if counter.start >= counter.stop:
            return
        counter.start += 1
        yield index, values.Int64(counter.start - 1)
