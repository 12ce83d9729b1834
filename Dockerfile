# thumbd in a container: two stages, of which the second holds the programs and the libraries they
# load. Builds from a clean checkout:
#
#   docker build --build-arg VERSION="$(git describe --always --dirty)" \
#       --build-arg REVISION="$(git rev-parse HEAD)" -t thumbjobs .
#   docker run --rm -p 8080:8080 -v thumbs:/var/lib/thumbjobs thumbjobs
#
# scripts/container.sh does so with Docker or Podman and tries the image out (docs/kubernetes.md).
ARG BASE=docker.io/library/debian:bookworm-slim

FROM ${BASE} AS build
WORKDIR /src
# The packages have a layer of their own, which changes to the sources leave alone.
COPY scripts/lib.sh scripts/packages.sh scripts/
RUN apt-get update -q && \
    scripts/packages.sh build | DEBIAN_FRONTEND=noninteractive \
        xargs apt-get install -q -y --no-install-recommends && \
    rm -rf /var/lib/apt/lists/*
COPY . .
# Paths are the same as in other checkouts, so a compiler cache that is mounted here is of use.
RUN CCACHE_BASEDIR=/src CCACHE_NOHASHDIR=1 ./docker/build.sh /opt/thumbjobs

FROM ${BASE}
COPY docker/runtime-packages.sh /tmp/
COPY --from=build /opt/thumbjobs.packages /tmp/
RUN /tmp/runtime-packages.sh /tmp/thumbjobs.packages && \
    rm /tmp/runtime-packages.sh /tmp/thumbjobs.packages
COPY --from=build /opt/thumbjobs/ /usr/local/
COPY docker/healthcheck.sh /usr/local/bin/thumbd-healthcheck
# Every library is found, or there is no image.
RUN mkdir -p /var/lib/thumbjobs && chown 10001:0 /var/lib/thumbjobs && \
    chmod 2770 /var/lib/thumbjobs && thumbd --version

ARG VERSION=unknown
ARG REVISION=unknown
ARG CREATED=unknown
LABEL org.opencontainers.image.title="thumbjobs" \
      org.opencontainers.image.description="thumbd: thumbnails as durable background jobs" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.created="${CREATED}"

# The access token or --insecure is the caller's choice, as outside of containers.
ENV THUMBD_LISTEN=0.0.0.0:8080 \
    THUMBD_DATA_DIR=/var/lib/thumbjobs \
    THUMBD_LOG_FORMAT=json
# A number, so that Kubernetes can tell that it is not root; group 0, for platforms such as
# OpenShift that choose a user of their own in that group.
USER 10001:0
WORKDIR /var/lib/thumbjobs
VOLUME /var/lib/thumbjobs
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 CMD ["thumbd-healthcheck"]
ENTRYPOINT ["thumbd"]
