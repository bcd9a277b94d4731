#!/usr/bin/env bash
# Prints the home of a JDK 25: JAVA_HOME if it is one, else the first under /usr/lib/jvm, else says what is missing.
set -euo pipefail
is25() { [ -x "$1/bin/javac" ] && grep -qs '^JAVA_VERSION="25' "$1/release"; }
for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
  if [ -n "$home" ] && is25 "$home"; then echo "$home"; exit 0; fi
done
echo "gantry: no JDK 25 found in JAVA_HOME (${JAVA_HOME:-unset}) nor under /usr/lib/jvm (expected: a JDK 25; Debian 13: apt-get install openjdk-25-jdk-headless, or unpack a Temurin 25 below /usr/lib/jvm)" >&2
exit 1
