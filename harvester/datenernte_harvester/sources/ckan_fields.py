"""Fields of a CKAN package and the groups that they form: agents, contacts, places, periods."""

from collections.abc import Iterator, Mapping

from datenernte_dcat.records import Literal, Location, PeriodOfTime, Reference
from datenernte_harvester.sources.json_values import (
    geometry,
    literals,
    mapping,
    mappings,
    moment,
    text,
    web_iri,
)

IGNORED = frozenset(
    {"contact_identifier", "creator_user_id", "extras", "groups", "harvest_object_id"}
    | {"harvest_source_id", "harvest_source_title", "harvested_portal", "id", "isopen"}
    | {"license_id", "license_title", "license_url", "log_message"}
    | {"metadata_harvested_portal", "name", "num_resources", "num_tags", "organization"}
    | {"owner_org", "plugin_data", "private", "publisher_identifier"}
    | {"relationships_as_object", "relationships_as_subject", "resources", "revision_id"}
    | {"revision_timestamp", "sector", "state", "tags", "type"}
)
"""Fields of a package that DCAT-AP.de has no term for, or that are read by name elsewhere."""
IGNORED_OF_RESOURCE = frozenset(
    {"cache_last_updated", "cache_url", "ckan_url", "datastore_active"}
    | {"datastore_contains_all_records_of_source_file", "has_views", "id"}
    | {"metadata_modified", "mimetype_inner", "on_same_domain", "original_url"}
    | {"package_id", "position", "resource_group_id", "resource_type", "revision_id"}
    | {"revision_timestamp", "state", "tracking_summary", "url_type"}
    | {"webstore_last_updated", "webstore_url"}
)
"""Fields of a resource that DCAT-AP.de has no term for, or that are read by name elsewhere."""

_EMPTY: tuple[object, ...] = (None, "", [], {})
_GROUP_KEYS = ("uri", "email", "url", "type", "contacttype", "tel", "street", "city", "zip")
_LEVELS = {
    "bund": "federal",
    "land": "state",
    "kreis": "administrativeDistrict",
    "kommune": "municipality",
    "stadt": "municipality",
}
"""Words of `geographical_granularity` in the OGD schema → level of political geocoding."""
_LEVEL = "http://dcat-ap.de/def/politicalGeocoding/Level/"


class Fields:
    """The fields of a package or a resource, wherever they stand."""

    def __init__(self, document: Mapping[str, object]) -> None:
        """Read the extras.

        Args:
            document: a package or a resource. Its `extras` may be a list of `{key, value}`, an
                object, or either as JSON text.
        """
        self.document = document
        pairs = mappings(document.get("extras"))
        named = {key: pair.get("value") for pair in pairs if (key := text(pair.get("key")))}
        self.extras: Mapping[str, object] = named or mapping(document.get("extras"))

    def __call__(self, *names: str) -> object:
        """The value of the first of `names` that has one; extras stand before the package."""
        for name in names:
            for place in (self.extras, self.document):
                value = place.get(name)
                if value is not None and value not in _EMPTY:
                    return value
        return None

    def group(self, prefix: str, *, name: str | None = None) -> Mapping[str, object]:
        """The fields about one body or person: `prefix_email` and so on, or one object `prefix`.

        Args:
            name: the field that holds the name, where it is not `prefix_name`.
        """
        found = {key: self(f"{prefix}_{key}") for key in (*_GROUP_KEYS, "country")}
        found["name"] = self(name or f"{prefix}_name")
        given = mappings(self(prefix))
        return given[0] if given else found

    def present(self) -> Iterator[str]:
        """Names of all fields that have a value."""
        for place in (self.extras, self.document):
            yield from (name for name, value in place.items() if value not in _EMPTY)


class AskedFields(Fields):
    """Empty fields that remember what they were asked for: so a mapping tells what it maps."""

    def __init__(self) -> None:
        super().__init__({})
        self.asked: set[str] = set()

    def __call__(self, *names: str) -> object:
        """Nothing."""
        self.asked.update(names)
        return None


def locations(f: Fields) -> tuple[Location, ...]:
    """The place of the `spatial…` fields, and those of ckanext-dcat's `spatial_coverage`."""
    given = {
        "uri": f("spatial_uri"),
        "text": f("spatial_text"),
        "geom": f("spatial"),
        "bbox": f("spatial_bbox"),
        "centroid": f("spatial_centroid"),
    }
    found = []
    for place in (given, *mappings(f("spatial_coverage"))):
        shape = geometry(place.get("geom"))
        location = Location(
            uri=web_iri(place.get("uri")),
            pref_label=literals(place.get("text")),
            bbox=geometry(place.get("bbox")),
            centroid=geometry(place.get("centroid")),
            geometry=() if shape is None else (shape,),
        )
        if location != Location():
            found.append(location)
    return tuple(found)


def periods(f: Fields) -> tuple[PeriodOfTime, ...]:
    """The period of `temporal_…` or of the OGD schema, and those of `temporal_coverage`."""
    given = {
        "start": f("temporal_start", "temporal_coverage_from"),
        "end": f("temporal_end", "temporal_coverage_to"),
    }
    found = []
    for entry in (given, *mappings(f("temporal_coverage"))):
        period = PeriodOfTime(
            start_date=moment(entry.get("start")), end_date=moment(entry.get("end"))
        )
        if period != PeriodOfTime():
            found.append(period)
    return tuple(found)


def level(f: Fields) -> tuple[Reference, ...]:
    """The level of political geocoding that the OGD schema's word means."""
    word = text(f("geographical_granularity"))
    if word is None:
        return ()
    known = _LEVELS.get(word.strip().lower())
    if known is None:
        return (Reference(label=Literal(value=word)),)
    return (Reference(uri=_LEVEL + known),)


def keywords(f: Fields) -> tuple[Literal, ...]:
    """The tags: in several languages where ckanext-fluent keeps them, else their names."""
    translated = literals(f("tags_translated", "keywords"))
    return translated or tuple(Literal(value=name) for name in names(f.document.get("tags")))


def names(entries: object) -> tuple[str, ...]:
    """The names of tags or groups: `[{"name": …, "display_name": …}]` or plain texts."""
    found = []
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            found.append(text(entry.get("name")) or text(entry.get("display_name")))
        else:
            found.append(text(entry))
    return tuple(dict.fromkeys(name for name in found if name is not None))
