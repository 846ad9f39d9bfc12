#!/bin/sh
# Puts the pieces together, where they were carried to:
#
#   sh unpack.sh FOLDER
#
# Pieces that are missing or damaged are named; it can be run again when they have come.
set -eu
to=${1:?"usage: sh unpack.sh FOLDER"}
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$to"
to=$(cd "$to" && pwd)
cd "$here"
if ! sha256sum --quiet --check gradsocket-gpu.sha256; then
  echo "Carry the pieces named above again, then run this again." >&2
  exit 1
fi
cat gradsocket-gpu.[0-9][0-9][0-9] | tar -xzf - -C "$to"
echo "Unpacked into $to. Next: cd $to/program && ./node bench/gpu/measure.mjs"
