# The habits of this repository; the work is done in scripts/.
.DEFAULT_GOAL := help
.PHONY: help build aot fmt check unit it demo critest fuzz test test-all vm-smoke vm-test vm-critest load clean

help: ## This list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-11s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## A runnable tree at target/gantry/ (bin/gantryd, lib/)
	@scripts/build.sh

aot: build ## Adds an AOT cache to the tree: the daemon starts about twice as fast
	@scripts/aot.sh

fmt: ## Formats the Java sources
	@./mvnw -B -ntp -q spotless:apply

check: ## Format, compiler, Error Prone, NullAway, the map of packages, docs against code
	@scripts/check.sh

unit: ## Tests that need neither root nor a network
	@scripts/tests.sh unit

it: ## Tests with real processes, sockets and namespaces (root)
	@scripts/tests.sh it

demo: ## One pod from the socket to its shell, through a kill -9 of the daemon (root)
	@scripts/demo.sh

critest: ## The conformance suite of CRI against crun, compared with the expected failures (root, Go 1.26)
	@scripts/critest.sh

fuzz: ## Hostile bytes for the streaming server's decoders, FUZZ_SECONDS (60) long; keeps what fails
	@scripts/fuzz.sh

test: ## The gate: all of the above; CI runs this
	@scripts/gate.sh

test-all: ## The gate and whatever is slower, FUZZ_SECONDS (600) of the fuzzer too; writes a table to docs/results/
	@scripts/test-all.sh

load: ## Gantry against containerd, call by call, in one run; writes tables to docs/results/ (root, Go 1.26)
	@loadtests/run.sh

vm-smoke: ## One pod under systemd on cgroup v2, in a virtual machine made from Debian packages (root, x86-64)
	@scripts/vm/test.sh smoke

vm-test: ## That, critest's specs for such a node with AppArmor's and SELinux's, a reboot and a power loss (root, x86-64)
	@scripts/vm/test.sh

vm-critest: ## All of critest in that machine; slow where it is emulated (root, x86-64)
	@scripts/vm/test.sh critest-all

clean: ## Removes target/
	@rm -rf target
