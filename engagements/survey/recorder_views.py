"""Pages of the recording: the contact's page of the day, and what the devices of walkers speak to.

A device sends its own key in a header and no cookie, so nothing that a foreign page could make a browser send acts here.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from accounts import access
from accounts.access import actor_of, guarded, public
from accounts.transitions import new_form_key, once_per_form
from engagements.survey import photos, selectors
from engagements.survey.models import Recorder, RecorderDay, SetAside, Survey
from engagements.survey.recorder import passes, taps
from engagements.survey.recorder.config import config
from engagements.survey.views import survey_of
from workflow.errors import BadInput, DoorError
from workflow.incoming import Limits, parse_json, refuse_unfit

SCHEME = "Recorder "
#: Several hundred taps, or the notes of a phone.
LIMITS = Limits(size=2 << 20)


# --- the contact's page ----------------------------------------------------------------------------------


@never_cache
@guarded("survey.record")
def recording(request: HttpRequest, pk: int) -> HttpResponse:
    """Code and PIN of the day, what each team has recorded, and the buttons that open and close it."""
    found = survey_of(request, pk, "survey.record")
    if request.method == "POST":
        return redirect(once_per_form(request, lambda: _act(request, found)))
    day = found.recorder_days.filter(purpose=RecorderDay.Purpose.RECORD).first()
    document = selectors.latest_document(found)
    context: dict[str, Any] = {
        "survey": found,
        "engagement": found.engagement,
        "day": day,
        "form_key": new_form_key(),
    }
    if day:
        context |= door(day, "recorder") | {
            "teams": taps.progress(day, document),
            "aside": SetAside.objects.filter(day=day).select_related("recorder"),
        }
    return render(request, "survey/recording.html", context)


def _act(request: HttpRequest, found: Survey) -> str:
    actor, now, what = actor_of(request), timezone.now(), request.POST.get("what", "")
    here = reverse("survey-recording", args=[found.pk])
    if what == "open":
        passes.open_day(found, actor=actor, now=now)
        messages.success(request, _("記録を受け付けています。QRコードとPINを班に見せてください。"))
        return here
    days = found.recorder_days.filter(purpose=RecorderDay.Purpose.RECORD)
    day = days.select_related("survey__engagement").first()
    if day is None:
        raise BadInput({"": [_("まだ受け付けていません。先に記録の受付を始めてください。")]})
    if act_on_door(request, day):
        return here
    version = taps.keep_route(day, request.POST.get("team", ""), actor=actor, now=now, over=True)
    if version is None:
        raise BadInput({"": [_("この班の記録はまだありません。端末から届くのを待ってください。")]})
    messages.success(
        request, _("記録を結果に入れました。いまの版は第%(number)s版です。") % {"number": version.number}
    )
    return here


def door(day: RecorderDay, page: str) -> dict[str, Any]:
    """What is shown of a door to who may open it: address, code, PIN, devices. ``page``: the name of its address."""
    url = f"{settings.SITE_URL}{reverse(page, args=[passes.code_of(day)])}"
    return {
        "door": day,
        "is_open": passes.is_open(day, timezone.now()),
        "shuts_at": day.opened_at + passes.OPEN_FOR,
        "keys_end_at": passes.keys_end_at(day),
        "url": url,
        "code": segno.make(f"{url}#{passes.ticket_of(day)}", error="m").svg_data_uri(scale=5),
        "pin": passes.pin_of(day),
        "recorders": Recorder.objects.filter(day=day).order_by("-synced_at", "pk"),
    }


def act_on_door(request: HttpRequest, day: RecorderDay) -> bool:
    """Shut the door or take a device's key away, where that was pressed. Raises BadInput for a device of elsewhere."""
    actor, now, what = actor_of(request), timezone.now(), request.POST.get("what", "")
    if what == "close":
        passes.close_day(day, actor=actor, now=now)
        messages.success(
            request, _("新しい端末の受付を終えました。参加している端末からは、24時間のあいだ届きます。")
        )
        return True
    if what != "revoke":
        return False
    number = request.POST.get("recorder", "")
    known = number.isascii() and number.isdigit()
    device = Recorder.objects.filter(day=day, pk=number).first() if known else None
    if device is None:
        raise BadInput({"": [_("この端末は参加していません。画面を開き直してください。")]})
    passes.revoke(device, actor=actor, now=now)
    messages.success(request, _("%(name)sの端末を外しました。") % {"name": device.name})
    return True


# --- the devices ------------------------------------------------------------------------------------------


@require_GET
@public
def recorder(request: HttpRequest, code: str) -> HttpResponse:
    """The recorder itself. It holds nobody's data: those come after the PIN."""
    day = passes.day_of(code)
    if day is None or day.purpose != RecorderDay.Purpose.RECORD:
        raise Http404(_("このQRコードは作り直されました。町の担当に新しいコードを見せてもらってください。"))
    response = render(request, "recorder/recorder.html", {"code": code})
    response["X-Madoguchi"] = "recorder"  # by which the script that keeps it tells it from a filter's page
    return response


@require_GET
@public
def worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the recorder on the device, so that it opens without a network."""
    response = render(request, "recorder/worker.js", content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@csrf_exempt
@require_POST
@public
def join(request: HttpRequest, code: str) -> HttpResponse:
    """PIN and name for a key and everything that recording needs."""

    def work() -> dict[str, Any]:
        sent = body_of(request)
        refuse_unfit(sent)
        day = passes.day_of(code)
        if day is None:
            raise Http404
        said = {name: str(sent.get(name) or "") for name in ("pin", "ticket", "device", "name")}
        made, key = passes.join(day, now=timezone.now(), **said)
        told = {"key": key, "name": made.name, "day": day.pk}
        if day.purpose == RecorderDay.Purpose.RECORD:
            told["config"] = config(day.survey, selectors.latest_document(day.survey))
        return told

    return answer(work)


@csrf_exempt
@require_POST
@public
def sync(request: HttpRequest) -> HttpResponse:
    """Taps in, the other devices' taps out."""

    def work() -> dict[str, Any]:
        sent = body_of(request)
        return asdict(taps.sync(device_of_request(request), sent, now=timezone.now()))

    return answer(work)


@csrf_exempt
@require_POST
@public
def photo(request: HttpRequest, uid: str) -> HttpResponse:
    """A picture of a remark, as the body."""

    def work() -> dict[str, Any]:
        device, picture = device_of_request(request), access.body_of(request)
        return {"kept": photos.keep(device, uid, picture, now=timezone.now()).uid}

    return answer(work)


def device_of_request(request: HttpRequest, purpose: str = RecorderDay.Purpose.RECORD) -> Recorder:
    """The device that a request speaks for. Raises UnknownDevice."""
    header = request.headers.get("Authorization", "")
    key = header.removeprefix(SCHEME) if header.startswith(SCHEME) else ""
    return passes.device_of(key, now=timezone.now(), purpose=purpose)


def body_of(request: HttpRequest) -> dict[str, Any]:
    """The JSON object that a device sent, with whatever stands in it. Raises TooMuch, NotJson, BadInput."""
    sent = parse_json(access.body_of(request), LIMITS)
    if not isinstance(sent, dict):
        raise BadInput({"": [_("読み取れない記録です。ページを開き直してください。")]})
    return sent


def answer(work: Any) -> HttpResponse:
    """The answer, or the refusal as a sentence that the device shows."""
    try:
        return JsonResponse(work())
    except DoorError as refusal:
        fields = refusal.fields if isinstance(refusal, BadInput) else {"": [str(refusal)]}
        said = [sentence for sentences in fields.values() for sentence in sentences]
        return JsonResponse({"said": said, "fields": list(fields)}, status=refusal.status)
