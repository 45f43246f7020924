#!/bin/sh
exec node "$(dirname "$0")/../../tools/run.mjs" --no-services labs/mediapro/up.ts "$@"
