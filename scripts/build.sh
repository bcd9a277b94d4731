#!/usr/bin/env bash
# Leaves a runnable tree at target/gantry/: bin/gantryd, lib/*.jar, lib/native/*.so, lib/systemd/.
set -euo pipefail
cd "$(dirname "$0")/.."

rm -rf target/gantry
./mvnw -B -ntp -q package dependency:build-classpath -DskipTests \
  -Dmdep.outputFile=target/test.classpath -Dmdep.includeScope=test

# picocli is compiled for Java 5, which no AOT cache takes: its classes were half of what the command loads.
"$(scripts/find-jdk.sh)/bin/java" scripts/NewerBytecode.java target/gantry/lib/picocli-*.jar

install -d target/gantry/bin target/gantry/lib/native target/gantry/lib/systemd
install -m 755 src/main/dist/bin/* target/gantry/bin/
install -m 644 src/main/dist/lib/* target/gantry/lib/
install -m 644 target/native/*.so target/gantry/lib/native/
install -m 644 src/main/resources/gantryd.service target/gantry/lib/systemd/
echo "target/gantry: $(find target/gantry/lib -name '*.jar' | wc -l) jars, $(du -sh target/gantry | cut -f1)"
