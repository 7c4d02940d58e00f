"""Keeps the templates that are defined, with Go's rules on defining one twice."""

from provider.gotemplate.parse import nodes


class Definitions:
    """Templates by name.

    Attributes:
        trees: what was defined so far.
    """

    def __init__(self) -> None:
        self.trees: dict[str, nodes.Tree] = {}
        self._filled: set[str] = set()

    def add(self, tree: nodes.Tree, *, replaces: bool = False) -> bool:
        """Add one. A blank one never replaces one that is not.

        Returns:
            False if there is one already, neither is blank, and the new one does not replace others.
        """
        if tree.is_empty:
            if tree.name not in self._filled:
                self.trees[tree.name] = tree
            return True
        if tree.name in self._filled and not replaces:
            return False
        self._filled.add(tree.name)
        self.trees[tree.name] = tree
        return True
