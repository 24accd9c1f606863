"""Settings of the published catalogue: what `[catalog]` and `[output]` of a working folder say."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogSettings:
    """Who publishes the catalogue, where, and how it is written."""

    title: str
    description: str
    publisher: str
    """Name of the body that runs the catalogue."""
    base_url: str
    """Absolute URL of the site without a trailing slash; all our IRIs begin with it."""
    contributor_id: str | None = None
    """IRI of the list of contributors (»Datenbereitsteller-ID«) that GovData handed out."""
    state_key: str | None = None
    """Two-digit key of the Land, e.g. »09«."""
    homepage: str | None = None
    """Page of the operator; None means the site's own start page."""
    contact_email: str | None = None
    license: str = "http://dcat-ap.de/def/licenses/cc-zero"
    """Licence of the metadata."""
    legacy_terms: bool = True
    """Also write the terms that GovData still reads beside the 3.0 terms: dcatde:originator,
    dcatde:maintainer, dcatde:politicalGeocodingURI."""

    @property
    def catalog_iri(self) -> str:
        """IRI of the national catalogue."""
        return f"{self.base_url}/catalog"

    @property
    def eu_catalog_iri(self) -> str:
        """IRI of the catalogue with EU licence IRIs."""
        return f"{self.base_url}/eu/catalog"

    def municipality_catalog_iri(self, key: str) -> str:
        """IRI of one municipality's catalogue; `key` as in `site/municipalities/<key>`."""
        return f"{self.base_url}/municipalities/{key}/catalog"
