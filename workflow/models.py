"""The log, its heads, who waits for whom, and what has to be sent."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class StreamHead(models.Model):
    """The end of one object's stream. Locked last by every writer."""

    stream = models.CharField(max_length=80, primary_key=True)
    position = models.PositiveIntegerField(default=0)
    hash = models.CharField(max_length=64, default="")
    seal = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.stream}@{self.position}"


class StreamBirth(models.Model):
    """The register of streams: which ones there are, each with the hash of its first event. Nothing leaves it.

    ``number`` counts them without a gap; empty until the sweep where the counter was taken at the birth.
    """

    stream = models.CharField(max_length=80, primary_key=True)
    first = models.CharField(max_length=64)
    number = models.PositiveIntegerField(null=True, unique=True)
    seal = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.number} {self.stream}"


class StreamCount(models.Model):
    """How many streams the register has: one row."""

    name = models.CharField(max_length=20, primary_key=True)
    last = models.PositiveIntegerField(default=0)
    seal = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"


class Visibility(models.TextChoices):
    """Who may read an event, beside auditors and the office, who read all."""

    PARTIES = "parties", _("町とアドバイザー")
    TOWN = "town", _("町")
    ADVISOR = "advisor", _("アドバイザー")
    OFFICE = "office", _("事務局")


class Event(models.Model):
    """One thing that happened. Append-only: ``canonical`` is what the hash covers; the other columns index it."""

    stream = models.CharField(max_length=80)
    position = models.PositiveIntegerField()
    type = models.CharField(max_length=80)
    context = models.CharField(max_length=80, db_index=True)
    visibility = models.CharField(max_length=10, choices=Visibility.choices)
    occurred_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    actor_key = models.CharField(max_length=80)
    canonical = models.TextField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["stream", "position"], name="event_once_per_position")]
        indexes = [models.Index(fields=["type", "recorded_at"])]

    def __str__(self) -> str:
        return f"{self.stream}#{self.position} {self.type}"


class EventPersonal(models.Model):
    """Names and free text of an event. May be erased; the chain keeps only a salted digest of it."""

    event = models.OneToOneField(Event, on_delete=models.PROTECT, related_name="personal")
    salt = models.CharField(max_length=32)
    payload = models.TextField()

    def __str__(self) -> str:
        return f"personal part of event {self.event_id}"


class Span(models.Model):
    """An object's stay in one state, and whose turn it is. Homes and deadlines read this, never the guards."""

    machine = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    stream = models.CharField(max_length=80)
    context = models.CharField(max_length=80, db_index=True)
    municipality = models.CharField(max_length=6, blank=True)
    title = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=40)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    turn_role = models.CharField(max_length=20, blank=True)
    turn_scope = models.CharField(max_length=80, blank=True)
    #: What is asked, where one role may be asked for several things in one state.
    turn_code = models.CharField(max_length=20, blank=True)
    waiter_role = models.CharField(max_length=20, blank=True)
    due_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["stream"], condition=Q(left_at=None), name="span_one_open_per_object"
            )
        ]
        indexes = [
            models.Index(
                fields=["turn_role", "turn_scope"], condition=Q(left_at=None), name="span_open_turns"
            ),
            models.Index(fields=["machine", "state"], condition=Q(left_at=None), name="span_open_states"),
            models.Index(fields=["due_on"], condition=Q(left_at=None), name="span_open_due"),
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.state}"


class OutboxState(models.TextChoices):
    PENDING = "pending", _("送信待ち")
    DONE = "done", _("済み")
    SET_ASIDE = "set_aside", _("止まっています")


class Outbox(models.Model):
    """Something to do outside the transaction that decided it: a mail a person an event, or a job.

    ``attempts`` counts starts, not failures: a job that kills its worker never reports. ``failing_since``: the other
    side has been away from then on; ``claimed_until`` then says when it is asked again. ``claimed_by`` is the process
    that began last (``workflow.processes``): when that has ended, its claim has too.
    """

    key = models.CharField(max_length=160, unique=True)
    kind = models.CharField(max_length=40)
    queue = models.CharField(max_length=10, default="quick")
    event = models.ForeignKey(Event, null=True, blank=True, on_delete=models.PROTECT)
    context = models.CharField(max_length=80, blank=True, db_index=True)
    address = models.CharField(max_length=254, blank=True)
    subject = models.CharField(max_length=300, blank=True)
    body = models.TextField(blank=True)
    payload = models.JSONField(default=dict, blank=True)
    state = models.CharField(max_length=10, choices=OutboxState.choices, default=OutboxState.PENDING)
    attempts = models.PositiveIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True, blank=True)
    claimed_by = models.CharField(max_length=160, blank=True)
    handed_at = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    done_at = models.DateTimeField(null=True, blank=True)
    last_error = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["state", "created_at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.key} ({self.state})"


class Lease(models.Model):
    """Who does a thing that only one may do at a time, and until when."""

    name = models.CharField(max_length=40, primary_key=True)
    holder = models.CharField(max_length=80)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} held by {self.holder}"


class IdempotencyKey(models.Model):
    """The answer that was given to a request, to be given again when the same request comes again."""

    actor_key = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["actor_key", "key"], name="idempotency_once_per_actor")
        ]

    def __str__(self) -> str:
        return f"{self.actor_key} {self.key}"


class Serial(models.Model):
    """The last number given in a series of one fiscal year."""

    series = models.CharField(max_length=20)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="serial_once_per_year")]

    def __str__(self) -> str:
        return f"{self.series} {self.year}: {self.last}"
