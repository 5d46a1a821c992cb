# syntax=docker/dockerfile:1
# The service with its embedded correctors, on CPU. See docs/operations.md.

# By digest, or from a registry of your own: --build-arg BASE=...
ARG BASE=python:3.11.14-slim-bookworm

# What Consort needs: a layer that stays the same until its requirements do.
FROM ${BASE} AS requirements
# Without CUDA, which would add gigabytes. That index has not all versions of what torch needs.
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/consort
ENV PATH=/opt/consort/bin:$PATH
WORKDIR /build
COPY constraints.txt ./
RUN pip install --constraint constraints.txt --no-deps --index-url "${TORCH_INDEX}" torch
COPY pyproject.toml setup.py README.md LICENSE ./
RUN mkdir configs \
    && pip install --constraint constraints.txt '.[demo,otel,postgres]' \
    && pip uninstall --yes consort

FROM ${BASE} AS wheel
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
# All that .dockerignore lets through.
COPY . .
RUN pip wheel --no-deps --wheel-dir /wheel .

FROM ${BASE}
RUN groupadd --gid 10001 consort \
    && useradd --uid 10001 --gid consort --no-create-home --shell /usr/sbin/nologin consort \
    && install --directory --owner consort --group consort /var/lib/consort
COPY --from=requirements /opt/consort /opt/consort
ENV PATH=/opt/consort/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1 \
    CONSORT_HOST=0.0.0.0 \
    CONSORT_PORT=8000 \
    CONSORT_REQUIRE_KEYS=true \
    CONSORT_STATE=/var/lib/consort
RUN --mount=type=bind,from=wheel,source=/wheel,target=/wheel \
    pip install --no-cache-dir --no-deps --no-index /wheel/*.whl
USER 10001:10001
WORKDIR /var/lib/consort
VOLUME /var/lib/consort
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request as u; u.urlopen('http://127.0.0.1:' + os.environ['CONSORT_PORT'] + '/readyz', timeout=2)"]
ENTRYPOINT ["consort"]
CMD ["serve"]
