"""`Settings`: the base class of every specification. Tools of scikit-learn can read, change and
copy its fields."""

from collections import defaultdict
from dataclasses import fields, replace
from typing import Any, Protocol, TypeVar, runtime_checkable

from ._check import known_name

Specified = TypeVar("Specified", bound="Settings")


@runtime_checkable
class Nested(Protocol):
    """A value with parameters of its own: a specification, or an estimator of scikit-learn."""

    def get_params(self, deep: bool = True) -> dict[str, Any]: ...

    def set_params(self, **values: Any) -> Any: ...


class Settings:
    """A frozen data class whose fields are the parameters that scikit-learn asks for.

    `sklearn.base.clone` makes an equal specification. A specification never changes, so
    `set_params` returns a new one, as `dataclasses.replace` does.
    """

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name; with `deep` also those of a parameter that has some, as
        `parameter__name`.

        >>> from stepahead.models import GRU, EncoderDecoder
        >>> parameters = EncoderDecoder(GRU(8)).get_params()
        >>> parameters["body"], parameters["body__width"]
        (GRU(width=8, layers=1, dropout=0.0, readout=True), 8)
        """
        own = {each.name: getattr(self, each.name) for each in fields(self)}  # type: ignore[arg-type]  # leaves are data classes
        if not deep:
            return own
        inner = {
            f"{name}__{of}": value
            for name, held in own.items()
            if isinstance(held, Nested) and not isinstance(held, type)
            for of, value in held.get_params().items()
        }
        return own | inner

    def set_params(self: Specified, **values: Any) -> Specified:
        """Return the specification with these parameters; `parameter__name` changes one of a
        parameter that has some. Refuse a name that `get_params` does not give.

        >>> from stepahead.models import GRU, EncoderDecoder
        >>> EncoderDecoder(GRU(8)).set_params(body__layers=2).body
        GRU(width=8, layers=2, dropout=0.0, readout=True)
        """
        plain = {name: value for name, value in values.items() if "__" not in name}
        changed = self._with(plain, self.get_params(deep=False))
        known = changed.get_params()
        inner = defaultdict[str, dict[str, Any]](dict)
        for name in values.keys() - plain.keys():
            known_name(self._noun, name, known)
            of, _, rest = name.partition("__")
            inner[of][rest] = values[name]
        return changed._with(
            {of: known[of].set_params(**changes) for of, changes in inner.items()}, known
        )

    @property
    def _noun(self) -> str:
        return f"parameter of {type(self).__name__}"

    def _with(self: Specified, values: dict[str, Any], known: dict[str, Any]) -> Specified:
        for name in values:
            known_name(self._noun, name, known)
        return self.with_fields(**values)

    def with_fields(self: Specified, **values: Any) -> Specified:
        """Return the specification with these fields."""
        return replace(self, **values)  # type: ignore[type-var]  # leaves are data classes
