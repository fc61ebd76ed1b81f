"""All addresses. Each room brings its own pages (``urls.py``) and its own part of the API (``api.py``)."""

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView
from rest_framework.routers import DefaultRouter

from accounts import municipalities_api
from accounts.access import public
from advisors import api as advisors_api
from config import health
from engagements.applications import api as applications_api
from engagements.documents import api as documents_api
from engagements.journey import api as journey_api
from engagements.plans import api as plans_api
from engagements.rounds import api as rounds_api
from engagements.rounds.matching import api as matching_api
from engagements.sections import api as sections_api
from engagements.sessions import api as sessions_api
from engagements.survey import api as survey_api
from oversight import api as oversight_api

router = DefaultRouter()
router.include_root_view = False
for room in (
    applications_api,
    rounds_api,
    matching_api,
    journey_api,
    sessions_api,
    survey_api,
    sections_api,
    plans_api,
    documents_api,
    oversight_api,
    municipalities_api,
    advisors_api,
):
    room.register(router)

urlpatterns = [
    path("healthz", public(health.healthz), name="healthz"),
    path("readyz", public(health.readyz), name="readyz"),
    path("api/v1/", include(router.urls)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("i18n/", include("django.conf.urls.i18n")),
    path("", include("accounts.urls")),
    path("accounts/", include("accounts.entry.urls")),
    path("accounts/", include("accounts.library_urls")),
    path("", include("advisors.urls")),
    path("", include("engagements.programme.urls")),
    path("", include("engagements.applications.urls")),
    path("", include("engagements.rounds.urls")),
    path("", include("engagements.rounds.matching.urls")),
    path("", include("engagements.sessions.urls")),
    path("", include("engagements.survey.urls")),
    path("", include("engagements.plans.urls")),
    path("", include("engagements.documents.urls")),
    path("", include("engagements.journey.urls")),
    path("", include("oversight.urls")),
]

handler400 = "config.errors.bad_request"
handler403 = "config.errors.forbidden"
handler404 = "config.errors.not_found"
handler429 = "config.errors.too_many_requests"
handler500 = "config.errors.server_error"
