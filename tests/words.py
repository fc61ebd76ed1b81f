"""Telling the languages of a text apart, once what people wrote and are called is taken out of it."""

import re

from accounts.models import User
from engagements.sessions.models import Session
from engagements.survey.models import Survey
from municipalities.models import Municipality, Prefecture
from tests.properties.typed import WORDS

#: Kana and kanji; the middle dot is a bullet in English as well.
JAPANESE = re.compile(r"[\u3041-\u30fa\u30fc-\u30ff\u3400-\u9fff]+")
#: A day as the service writes it in every language: 令和8年(2026年)9月3日(木).
DAY = re.compile(r"(\w\w\d*元?年)?(\(?\d{4}年\)?)?\d+月\d+日(\([月火水木金土日]\))?")
#: Three words in a row are a sentence, or the beginning of one.
ENGLISH = re.compile(r"[A-Za-z]{2,} [A-Za-z]+ [A-Za-z]+")


def names():
    """Everything that stands in the letters as somebody wrote it, the longest first."""
    found = {
        WORDS,
        "見本 太郎",
        "仮名 一子",
        "住民会計課",
        "本庁舎",
        "総務課",
        "町長",
        "よろしくお願いします。",
    }
    found |= {prefecture.name for prefecture in Prefecture.objects.all()}
    found |= {town.name for town in Municipality.objects.all()}
    found |= {words for user in User.objects.all() for words in (user.name, user.section)}
    found |= {survey.title for survey in Survey.objects.all()}
    for session in Session.objects.select_related("kind"):
        found |= {session.kind.name, session.kind.short_name}
    return sorted(found - {""}, key=len, reverse=True)
