# Two commands are all that a fresh machine needs: `make demo` and `make test`.
# Everything here is a thin face on cargo and scripts/; each target may be run again at once.

MEMEBUILD := target/release/memebuild

.PHONY: help demo demo-batch test soak bench bench-null build install-deps demo-media clean

help:
	@echo 'make demo        install what is missing, fetch media, build, render the demo memes'
	@echo 'make demo-batch  the same media as a batch: 63 memes from eight lines (examples/launch)'
	@echo 'make test        install what is missing, then formatting, lints, dependencies, tests'
	@echo 'make soak        the tests that take longer than ten minutes'
	@echo 'make bench       every bench, against its peers (see docs/benchmarks.md)'
	@echo 'make bench-null  nothing-to-do on 10,000 memes, against ninja and make'
	@echo 'make build       the release binary, $(MEMEBUILD)'
	@echo 'make clean       remove what builds of the demo and of cargo left behind'

install-deps:
	@scripts/install-system

demo-media: install-deps
	@scripts/demo-media

build: install-deps
	@cargo build --release --locked

demo: demo-media build
	@$(MEMEBUILD) build
	@echo
	@echo 'The memes:     artefacts/renders/   (a poster and a verdict beside each)'
	@echo 'The manifest:  artefacts/seed-assets/manifest.json'
	@echo 'Again, in a blink:  $(MEMEBUILD)      Why?  $(MEMEBUILD) why render:NAME@PROFILE'

demo-batch: demo-media build
	@$(MEMEBUILD) build -C examples/launch
	@echo
	@echo 'The memes:     examples/launch/artefacts/renders/launch/'

test: demo-media
	@scripts/install-cargo-tools
	@scripts/install-test-servers
	@scripts/check

soak: install-deps
	@scripts/install-test-servers
	@scripts/soak

bench: build
	@scripts/install-system bench
	@benches/run

bench-null: build
	@scripts/install-system bench
	@benches/null

clean:
	@cargo clean --quiet
	@rm -rf cache/* artefacts/*
	@git checkout --quiet -- cache artefacts
