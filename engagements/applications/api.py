"""Calls and applications in the API."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import DefaultRouter

from accounts.access import find
from accounts.rest.problems import problem
from accounts.rest.resources import StatefulResource
from engagements.applications import announcement, selectors, services
from engagements.applications.completeness import missing
from engagements.applications.drafts import ANSWER, DraftConflict
from engagements.applications.forms import ANSWER_MAX, NUMBER_MAX, DraftForm
from engagements.applications.models import Application, Call, TownMode
from engagements.programme.forms import QUESTIONS_MAX
from engagements.programme.models import Programme, Question
from municipalities.dates import recorded
from municipalities.models import Municipality
from workflow.actors import Actor
from workflow.errors import BadInput

OFFICE_ONLY = ("priority", "approver_confirmed")
TOWN_AND_OFFICE = (
    "wishes",
    "leave_to_office",
    "wants_trainee",
    "approver_name",
    "approver_email",
    "office_comment",
)


class QuestionSerializer(serializers.ModelSerializer[Question]):
    class Meta:
        model = Question
        fields = ("key", "part", "label", "help", "kind", "required", "min_length", "choices")


class EligibilitySerializer(serializers.ModelSerializer[Programme]):
    """In words, and where a machine can check it; no kinds: all may apply; 0 years: as often as they like."""

    eligible_kinds = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Programme
        fields = ("eligibility", "eligible_kinds", "once_per_years")


class CallSerializer(serializers.ModelSerializer[Call]):
    questions = QuestionSerializer(source="programme.questions", many=True, read_only=True)
    programme_version = serializers.IntegerField(source="programme.version", read_only=True)
    eligibility = EligibilitySerializer(source="programme", read_only=True)
    received = serializers.IntegerField(read_only=True, help_text="applications that hold a place")

    class Meta:
        model = Call
        fields = (
            *("id", "title", "fiscal_year", "round", "state", "opens_at", "closes_at", "slots", "received"),
            *("notice", "programme_version", "eligibility", "questions"),
        )


class MissingSerializer(serializers.Serializer[Any]):
    field = serializers.CharField()
    sentence = serializers.CharField()


class ApplicationSerializer(serializers.ModelSerializer[Application]):
    """What the office keeps to itself is left out for everybody else, and the wishes for all but town and office."""

    SOMETIMES: ClassVar[tuple[str, ...]] = (*OFFICE_ONLY, *TOWN_AND_OFFICE)

    wishes = serializers.SerializerMethodField()
    municipality = serializers.CharField(source="municipality_id")
    # Empty in a draft: an address or a choice is not always one.
    contact_email = serializers.CharField()
    approver_email = serializers.CharField()
    approver_confirmed = serializers.CharField()
    mode = serializers.ChoiceField(choices=TownMode.choices, allow_blank=True)
    has_consent = serializers.BooleanField(read_only=True)

    class Meta:
        model = Application
        fields = (
            "id",
            "reference",
            "call",
            "municipality",
            "municipality_name",
            "engagement",
            "state",
            "revision",
            "saved_at",
            "contact_section",
            "contact_name",
            "contact_email",
            "contact_phone",
            "life_events",
            "aims",
            "months",
            "mode",
            "answers",
            "received_at",
            "returned_at",
            "issued_document",
            "issued_hash",
            "has_consent",
            "consented_at",
            "consented_by",
            *TOWN_AND_OFFICE,
            *OFFICE_ONLY,
        )
        read_only_fields = fields

    def get_wishes(self, application: Application) -> list[int]:
        return [wish.advisor_id for wish in application.wishes.all()]

    def to_representation(self, instance: Application) -> dict[str, Any]:
        shown = super().to_representation(instance)
        actor: Actor = self.context["view"].actor
        if selectors.reads_as_office(actor):
            return shown
        hidden = OFFICE_ONLY if selectors.reads_as_town(actor, instance) else (*OFFICE_ONLY, *TOWN_AND_OFFICE)
        return {name: value for name, value in shown.items() if name not in hidden}


class StartSerializer(serializers.Serializer[Any]):
    call = serializers.IntegerField(min_value=1, max_value=2**31)
    municipality = serializers.CharField(
        required=False, max_length=6, help_text="the actor's only town if absent"
    )


#: A form has no more questions, and no question takes more.
MOST_ANSWERS, CODE_MAX = QUESTIONS_MAX, 80
ANSWER_SCHEMA = {
    "oneOf": [
        {"type": ["string", "integer", "boolean", "null"], "maxLength": ANSWER_MAX, "maximum": NUMBER_MAX},
        {"type": "array", "items": {"type": "string", "maxLength": CODE_MAX}, "maxItems": MOST_ANSWERS},
    ]
}


@extend_schema_field(ANSWER_SCHEMA)
class AnswerField(serializers.Field[Any, Any, Any, Any]):
    """Text, a number, yes or no, or a list of codes, as the question's kind has it."""

    def to_internal_value(self, data: Any) -> Any:
        plain = isinstance(data, str | int) or data is None
        listed = isinstance(data, list) and all(isinstance(item, str) for item in data)
        if not plain and not listed:
            raise serializers.ValidationError(
                _("文字、数、はい・いいえ、またはコードの並びで送ってください。")
            )
        texts, longest = (data, CODE_MAX) if listed else ([data], ANSWER_MAX)
        if len(texts) > MOST_ANSWERS:
            raise serializers.ValidationError(_("%(most)d個までにしてください。") % {"most": MOST_ANSWERS})
        if any(isinstance(text, str) and len(text) > longest for text in texts):
            raise serializers.ValidationError(_("%(most)d字までにしてください。") % {"most": longest})
        return data

    def to_representation(self, value: Any) -> Any:
        return value


@extend_schema_field({"type": "object", "maxProperties": MOST_ANSWERS, "additionalProperties": ANSWER_SCHEMA})
class AnswersField(serializers.DictField):
    """Answers by the key of their question."""

    child = AnswerField()

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict) and len(data) > MOST_ANSWERS:
            raise serializers.ValidationError(_("%(most)d個までにしてください。") % {"most": MOST_ANSWERS})
        return super().to_internal_value(data)


class DraftSerializer(serializers.Serializer[Any]):
    """Some or all fields of a draft, on top of the revision that the client read."""

    revision = serializers.IntegerField(min_value=1, max_value=2**31)
    contact_section = serializers.CharField(required=False, allow_blank=True, max_length=120)
    contact_name = serializers.CharField(required=False, allow_blank=True, max_length=80)
    contact_email = serializers.CharField(required=False, allow_blank=True, max_length=254)
    contact_phone = serializers.CharField(required=False, allow_blank=True, max_length=30)
    life_events = serializers.ListField(
        child=serializers.CharField(max_length=20), required=False, max_length=40
    )
    aims = serializers.CharField(required=False, allow_blank=True, max_length=ANSWER_MAX)
    months = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=12), required=False, max_length=40
    )
    mode = serializers.ChoiceField(choices=TownMode.choices, required=False, allow_blank=True)
    wishes = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=2**31), required=False, max_length=40
    )
    leave_to_office = serializers.BooleanField(required=False)
    wants_trainee = serializers.BooleanField(required=False)
    answers = AnswersField(required=False)
    approver_name = serializers.CharField(required=False, allow_blank=True, max_length=80)
    approver_email = serializers.CharField(required=False, allow_blank=True, max_length=254)


class SavedSerializer(serializers.Serializer[Any]):
    revision = serializers.IntegerField()
    saved_at = serializers.DateTimeField()
    missing = MissingSerializer(many=True)


class CallViewSet(StatefulResource):
    resource = "call"
    queryset = announcement.counted().prefetch_related("programme__questions")
    serializer_class = CallSerializer
    filterset_fields: ClassVar = ["state", "fiscal_year"]
    ordering_fields: ClassVar = ["opens_at", "fiscal_year"]
    search_fields: ClassVar = ["title"]


class ApplicationViewSet(StatefulResource):
    resource = "application"
    queryset = selectors.full()
    serializer_class = ApplicationSerializer
    filterset_fields: ClassVar = ["state", "call", "municipality", "engagement"]
    ordering_fields: ClassVar = ["received_at", "saved_at", "reference"]
    search_fields: ClassVar = ["reference", "municipality_name"]

    @extend_schema(
        request=StartSerializer, responses={200: ApplicationSerializer, 201: ApplicationSerializer}
    )
    def create(self, request: Request) -> Response:
        asked = StartSerializer(data=request.data)
        asked.is_valid(raise_exception=True)
        call = find(self.actor, "call.view", Call.objects.all(), pk=asked.validated_data["call"])
        town = self._town(asked.validated_data.get("municipality", ""))
        return self.once(request, lambda: self._started(call, town))

    def _town(self, code: str) -> Municipality:
        own = self.actor.scopes("contact", "municipality")
        if not code and len(own) == 1:
            code = next(iter(own))
        if not code:
            raise BadInput({"municipality": [_("どの団体の申込か、団体コードを入れてください。")]})
        town = Municipality.objects.filter(pk=code, valid_to=None).select_related("prefecture").first()
        if town is None or not (code in own or self.actor.holds("secretariat", "office")):
            raise Http404
        return town

    def _started(self, call: Call, town: Municipality) -> tuple[int, Any]:
        known = selectors.live(call.pk, town.pk).exists()
        started = services.start(call, town, actor=self.actor, now=timezone.now())
        shown = self.get_serializer(selectors.full().get(pk=started.pk)).data
        return (200 if known else 201), _plain(shown)

    @extend_schema(request=DraftSerializer, responses=SavedSerializer)
    @action(detail=True, methods=["post"], url_path="draft")
    def draft(self, request: Request, **kwargs: Any) -> Response:
        """Save some fields of the draft: all of them or, when one is bad, none."""
        application = self.get_object()
        sent = DraftSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        values = dict(sent.validated_data)
        revision = values.pop("revision")
        try:
            return self.once(request, lambda: self._saved(application, values, revision))
        except DraftConflict as error:
            return _side_by_side(error)

    def _saved(self, application: Application, values: dict[str, Any], revision: int) -> tuple[int, Any]:
        flat = _flat(application, values)
        form = DraftForm(flat, application=application, now=timezone.now(), only=flat)
        if not form.is_valid():
            raise BadInput({name: list(map(str, items)) for name, items in form.errors.items()})
        saved = services.save_draft(
            application, form.values, actor=self.actor, revision=revision, now=timezone.now()
        )
        rows = [{"field": row.field, "sentence": row.sentence} for row in missing(saved)]
        return 200, {"revision": saved.revision, "saved_at": recorded(saved.saved_at), "missing": rows}


def _flat(application: Application, values: dict[str, Any]) -> dict[str, Any]:
    """The answers beside the other fields, under the names of the form; an unknown question is refused."""
    answers = values.pop("answers", {})
    known = {question.key for question in application.call.programme.questions.all()}
    if unknown := sorted(set(answers) - known):
        raise BadInput(
            {"answers": [_("この設問はありません: %(keys)s") % {"keys": "、".join(unknown)[:200]}]}
        )
    return values | {f"{ANSWER}{key}": value for key, value in answers.items()}


def _side_by_side(error: DraftConflict) -> Response:
    rows = [
        {
            "field": item.field,
            "theirs": item.theirs,
            "mine": item.mine,
            "by": item.by,
            "at": recorded(item.at),
        }
        for item in error.differences
    ]
    return problem(error.status, str(error), revision=error.revision, conflict=rows)


def _plain(shown: Any) -> Any:
    """Plain JSON values, as an idempotent answer is kept."""
    return json.loads(json.dumps(shown, default=str))


def register(router: DefaultRouter) -> None:
    """Add this room to the API."""
    router.register("calls", CallViewSet)
    router.register("applications", ApplicationViewSet)
