#!/usr/bin/env bash
# `make run`: prepares database, static files and (once) the demo, then hands over to the supervisor.
set -euo pipefail
cd "$(dirname "$0")/.."

export MADOGUCHI_DEMO="${MADOGUCHI_DEMO:-1}" PORT="${PORT:-8000}" PYTHONUNBUFFERED=1
export DJANGO_SETTINGS_MODULE="${DJANGO_SETTINGS_MODULE:-config.settings.local}"
python=.venv/bin/python
data="${MADOGUCHI_DATA:-var}"

"$python" -m config.supervisor --check

"$python" manage.py migrate --noinput --verbosity 0
"$python" manage.py createcachetable

# Compressing the static files takes seconds: only when one has changed, or a library that brings some.
if [ ! -e staticfiles/.collected ] || [ .venv/.requirements.lock -nt staticfiles/.collected ] \
    || [ -n "$(find static */static */*/static -newer staticfiles/.collected -print -quit 2>/dev/null)" ]; then
    "$python" manage.py collectstatic --noinput --clear --verbosity 0
    touch staticfiles/.collected
fi

# One stamp a database. "began" without "done" is a first start that failed: the demo is then loaded afresh.
stamp="$data/first-start.$(printf '%s' "${DATABASE_URL:-sqlite}" | cksum | cut -d' ' -f1)"
if [ ! -e "$stamp.done" ]; then
    reset=()
    [ ! -e "$stamp.began" ] || reset=(--reset)
    touch "$stamp.began"
    "$python" manage.py import_registry
    [ "$MADOGUCHI_DEMO" != 1 ] || "$python" manage.py demo "${reset[@]}"
    mv "$stamp.began" "$stamp.done"
fi

exec "$python" -m config.supervisor --die-with-parent
