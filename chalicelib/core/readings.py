"""What a rulebook's data say with one reading of a contested wording or another, before they are read into rules."""

from collections.abc import Iterator, Mapping
from typing import Any

Place = tuple[str | int, ...]


class Readings:
    """The readings of a rulebook's data, which may still be full of faults, and the option taken of each."""

    def __init__(self, data: Mapping[str, Any], settings: Mapping[str, Any]):
        self.data, self.settings = data, settings
        self.options: dict[str, dict[int, Mapping]] = {}
        for key, entry in mapping(data, "readings").items():
            listed = entry.get("options") if isinstance(entry, Mapping) else None
            self.options[str(key)] = {
                place: option
                for place, option in enumerate(listed if isinstance(listed, list) else ())
                if isinstance(option, Mapping)
            }
        self.taken: dict[str, int] = {}
        self.taken_up = False  # whether the data are read with values in place of references

    def chosen(self, key: str) -> Any:
        """The id of the option that the rulebook chooses."""
        return mapping(mapping(self.data, "readings"), key).get("chosen")

    def ids(self, key: str) -> list[str]:
        return [str(option.get("id")) for option in self.options[key].values()]

    def circular(self) -> list[str]:
        """Readings of which an option leads back to the reading itself: they stand for nothing."""
        leads = {
            key: {ident for option in options.values() for ident in named(option, "reading")}
            for key, options in self.options.items()
        }
        for _ in leads:
            leads = {key: to.union(*(leads.get(ident, ()) for ident in to)) for key, to in leads.items()}
        return [key for key, to in leads.items() if key in to]

    def variants(self) -> Iterator[dict[str, Any]]:
        """The data with the chosen options in place, then with each other option in turn; not for circular readings."""
        base = {
            key: next((place for place, option in options.items() if option.get("id") == self.chosen(key)), min(options))
            for key, options in self.options.items()
            if options
        }
        others = [{key: place} for key in base for place in self.options[key] if place != base[key]]
        for changed in ({}, *others):
            self.taken, self.taken_up = {**base, **changed}, True
            yield {key: value if key in ("readings", "settings") else self.resolved(value) for key, value in self.data.items()}

    def resolved(self, value: Any) -> Any:
        """With the options taken in place of {reading: id}, and the settings that have a value in place of {setting: key}."""
        if isinstance(value, list):
            return [self.resolved(item) for item in value]
        if not isinstance(value, Mapping):
            return value
        if len(value) == 1:
            ((kind, ident),) = value.items()
            if kind == "reading" and str(ident) in self.taken:
                return self.resolved(self.options[str(ident)][self.taken[str(ident)]].get("value"))
            if kind == "setting" and mapping(self.settings, str(ident)).get("value") is not None:
                return self.settings[str(ident)]["value"]
        return {key: self.resolved(item) for key, item in value.items()}

    def value_of(self, kind: str, ident: str) -> Place | None:
        """Where the rulebook writes what {kind: ident} stands for; None where it does not."""
        if kind == "reading" and ident in self.taken:
            return "readings", ident, "options", self.taken[ident], "value"
        return (
            ("settings", ident, "value")
            if kind == "setting" and self.taken_up and ident in mapping(self.data, "settings")
            else None
        )


def mapping(data: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """The mapping under a key; an empty one where something else stands there."""
    found = data.get(key)
    return found if isinstance(found, Mapping) else {}


def named(value: Any, kind: str) -> Iterator[str]:
    """What {kind: name} names, at any depth."""
    if isinstance(value, Mapping):
        if set(value) == {kind}:
            yield str(value[kind])
        for item in value.values():
            yield from named(item, kind)
    elif isinstance(value, list):
        for item in value:
            yield from named(item, kind)
