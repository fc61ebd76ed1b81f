"""Which faults are tried again and how often, and what outlasts a roll-back."""

import pytest
from django.db import OperationalError, transaction

from workflow.models import Serial
from workflow.transactions import TRIES, atomic, in_transaction, outlasting

pytestmark = pytest.mark.django_db(transaction=True)


class Cause(Exception):
    """What a driver raises beneath Django's error."""

    def __init__(self, sqlstate):
        self.sqlstate = sqlstate


def error(text="", sqlstate=None, cause=None):
    raised = OperationalError(text)
    raised.__cause__ = cause or (Cause(sqlstate) if sqlstate else None)
    return raised


class Work:
    """Fails the first ``failures`` times, then gives how often it was tried."""

    def __init__(self, failures, fault):
        self.failures, self.fault, self.tries = failures, fault, 0

    def __call__(self):
        self.tries += 1
        Serial.objects.create(series="try", year=self.tries)
        if self.tries <= self.failures:
            raise self.fault
        return self.tries


PASSING = [
    error("database is locked"),
    error("deadlock", sqlstate="40P01"),
    error("serialisation", sqlstate="40001"),
]
LASTING = [
    error("no such table"),
    error("cancelled", sqlstate="57014"),
    error("not available", sqlstate="55P03"),
    error("x", cause=ValueError("without a state")),
]


@pytest.mark.parametrize("fault", PASSING, ids=str)
def test_what_passes_is_tried_again_until_it_has(fault):
    work = Work(TRIES - 1, fault)
    assert in_transaction(work) == TRIES == 5
    assert list(Serial.objects.values_list("year", flat=True)) == [TRIES], "the failed tries left nothing"


def test_what_never_passes_is_given_up_after_the_last_try():
    work = Work(TRIES, PASSING[0])
    with pytest.raises(OperationalError, match="database is locked"):
        in_transaction(work)
    assert work.tries == TRIES
    assert not Serial.objects.exists()


@pytest.mark.parametrize("fault", LASTING, ids=str)
def test_what_is_wrong_with_the_work_is_tried_once(fault):
    work = Work(1, fault)
    with pytest.raises(OperationalError):
        in_transaction(work)
    assert work.tries == 1


def test_inside_another_transaction_there_is_one_try():
    """Its locks are held until the outer one ends: to try again would wait for itself."""
    work = Work(1, PASSING[0])
    with pytest.raises(OperationalError), transaction.atomic():
        in_transaction(work)
    assert work.tries == 1


def test_the_outermost_tries_the_whole_again():
    work = Work(1, PASSING[0])
    assert in_transaction(lambda: in_transaction(work)) == 2


def test_an_inner_one_that_fails_takes_only_its_own_back():
    def whole():
        Serial.objects.create(series="outer", year=1)
        with pytest.raises(OperationalError):
            in_transaction(Work(1, LASTING[0]))
        return "done"

    assert in_transaction(whole) == "done"
    assert list(Serial.objects.values_list("series", flat=True)) == ["outer"]


def test_what_outlasts_is_done_once_when_all_is_over():
    done = []

    class Refused(Exception):
        pass

    def work():
        outlasting(lambda: done.append(transaction.get_connection().in_atomic_block))
        in_transaction(lambda: outlasting(lambda: done.append("inner")))
        assert done == []
        raise Refused

    with pytest.raises(Refused):
        in_transaction(work)
    assert done == [False, "inner"]


def test_a_try_that_failed_leaves_nothing_that_outlasts_it():
    done = []
    work = Work(2, PASSING[0])

    def noted():
        outlasting(lambda: done.append(work.tries))
        return work()

    assert in_transaction(noted) == 3
    assert done == [3]


def test_outside_of_a_transaction_nothing_waits():
    done = []
    in_transaction(lambda: None)
    outlasting(lambda: done.append("at once"))
    assert done == ["at once"]


def test_a_service_keeps_its_name_and_its_arguments():
    @atomic
    def service(one, *, other):
        """What it does."""
        return one, other, transaction.get_connection().in_atomic_block

    assert service(1, other=2) == (1, 2, True)
    assert (service.__name__, service.__doc__) == ("service", "What it does.")
