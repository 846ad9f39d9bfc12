#!/bin/sh
# Runs in deploy/Dockerfile: makes an engine, with the arguments of `gradsocket setup`, and puts it below /engine, all files at one time.
set -eu
node /rootfs/opt/gradsocket/dist/cli/main.js setup "$@" --json >/tmp/engine.json
mkdir -p /engine
cp -a "$(node -p 'require("/tmp/engine.json").folder')" /engine/
chmod -R a+rX,go-w /engine
find /engine -exec touch --no-dereference --date="@$SOURCE_DATE_EPOCH" {} +
