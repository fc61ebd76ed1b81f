"""Who acts: a value that travels from the request to the log."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, order=True)
class Standing:
    """A role held over a scope: ``Standing("contact", "municipality:033022")``, ``Standing("secretariat", "office")``."""

    role: str
    scope: str


@dataclass(frozen=True, slots=True)
class Actor:
    """A user, a signed link, the system or a webhook, with the roles that it holds now.

    ``kind`` is one of ``user``, ``link``, ``system``, ``webhook``, ``anonymous``; ``id`` tells it apart within its
    kind (user id, token id); ``name`` is for people to read and is personal data; ``body`` is the organisation.
    """

    kind: str
    id: str
    name: str = ""
    body: str = ""
    user_id: int | None = None
    standings: frozenset[Standing] = field(default_factory=frozenset)

    def has_role(self, role: str) -> bool:
        return any(standing.role == role for standing in self.standings)

    def scopes(self, role: str, kind: str) -> set[str]:
        """The ids of the scopes of one kind over which the role is held (``{"033022"}`` for ``municipality``)."""
        prefix = f"{kind}:"
        return {
            s.scope.removeprefix(prefix)
            for s in self.standings
            if s.role == role and s.scope.startswith(prefix)
        }

    def holds(self, role: str, scope: str) -> bool:
        return Standing(role, scope) in self.standings

    @property
    def for_office(self) -> bool:
        """A person of the office: kept with what they do, so that no reader has to guess it from a name."""
        return self.kind == "user" and any(standing.scope == "office" for standing in self.standings)

    @property
    def key(self) -> str:
        return f"{self.kind}:{self.id}"


SYSTEM = Actor(
    kind="system", id="system", name="Madoguchi", standings=frozenset({Standing("system", "office")})
)
ANONYMOUS = Actor(kind="anonymous", id="")
