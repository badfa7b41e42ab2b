"""What an admin can tune of a place: its settings, its readings of contested wordings, the names of its offices."""

from typing import Any

from ...ports import Rules


def tuning(rules: Rules, jurisdiction: str) -> dict[str, Any]:
    """Each with its value in force and its default, in the form a change takes: {version, settings, readings, authorities}."""
    version = rules.version(jurisdiction)
    books, set_ = rules.books(jurisdiction, version), version["tuning"]
    settings, readings, offices = dict(rules.defaults(version)), {}, {}
    for book in books:  # oldest first: the newest says how a thing is called
        settings.update(book.get("settings", {}))
        readings.update(book.get("readings", {}))
        offices.update(book["authorities"])
    return {
        "version": version["number"],
        "settings": [
            {
                "key": key,
                "name": entry["name"],
                **_value(set_, "settings", key, entry["value"]),
                "choices": entry.get("choices"),
                "note": entry.get("note"),
            }
            for key, entry in settings.items()
        ],
        "readings": [
            {
                "key": key,
                **{name: entry[name] for name in ("article", "quote", "about", "why")},
                "options": [{name: option[name] for name in ("id", "zh", "en")} for option in entry["options"]],
                **_value(set_, "readings", key, entry["chosen"]),
            }
            for key, entry in readings.items()
        ],
        "authorities": [{"key": key, **_value(set_, "authorities", key, name)} for key, name in offices.items()],
    }


def _value(set_: dict[str, Any], part: str, key: str, default: Any) -> dict[str, Any]:
    return {"value": set_.get(part, {}).get(key, default), "default": default, "tuned": key in set_.get(part, {})}
