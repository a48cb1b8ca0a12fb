# Renzheng. `make` alone lists what there is. Every target does the set-up it needs first; ARGS passes more on:
#   make run ARGS="--headless"      make test ARGS="tests/sync -x"      make models PACK=insightface

PYTHON := $(firstword $(foreach name,python3.11 python3,$(shell command -v $(name) 2>/dev/null)))
PACK ?= open
ARGS ?=
ifeq ($(PYTHON),)
SETUP = @echo "Python 3.11 is missing. Install it with: sudo apt-get install -y python3.11 python3.11-venv" >&2; exit 69; :
else
SETUP = @$(PYTHON) -BEs -m config.bootstrap
endif

.DEFAULT_GOAL := help
.PHONY: help run test test-slow test-peers fuzz pcsc fingerprints check check-tools models lock screenshots bench clean

help:         ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 20

run:          ## set up, then verify: the counter window, or both cases told where there is no display
	$(SETUP) run -- $(ARGS)

test:         ## set up, then run the tests
	$(SETUP) test -- $(ARGS)

test-slow:    ## the tests that take longer: power cuts, whole visits, devices pulled a hundred times
	$(SETUP) test -- -m slow $(ARGS)

test-peers:   ## devices against other people's software: pcscd, OpenSSL, fprintd, fingerprint libraries
	$(SETUP) --dev --pcsc --peers exec -- python -m pytest -m peers tests/peers $(ARGS)

fuzz:         ## a million inputs and more into every parser that reads a device (some minutes)
	$(SETUP) --dev exec -- python -m tests.fuzz.run $(ARGS)

pcsc:         ## what reading e-passports needs beyond the usual set-up: pcscd and pyscard
	$(SETUP) --pcsc models

fingerprints: ## NIST's fingerprint software beyond the usual set-up (NFIQ 2, bozorth3), and the network LEADER
	$(SETUP) --nist --pack finger models

check:        ## everything that must hold before a change lands
	$(SETUP) --dev exec -- ./check $(ARGS)

check-tools:  # only the set-up that checks and tests need
	$(SETUP) --dev models

models:       ## fetch, check and convert a model pack (PACK=open)
	$(SETUP) --pack $(PACK) models

lock:         ## lock the newest allowed packages, with hashes
	$(SETUP) lock

screenshots:  ## draw the pictures of the counter window anew
	$(SETUP) --dev exec -- python -m ui.screenshots docs/screens $(ARGS)

bench:        ## measure this machine
	$(SETUP) exec -- renzheng bench $(ARGS)

clean:        ## remove what the set-up made here (networks and records stay where they are)
	rm -rf .venv build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
