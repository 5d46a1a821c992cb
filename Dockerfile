# syntax=docker/dockerfile:1
# The service with its embedded correctors, on CPU. See docs/operations.md.

FROM python:3.11-slim AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /opt/consort
ENV PATH=/opt/consort/bin:$PATH
WORKDIR /build
COPY constraints.txt ./
# torch first and alone, from where it comes without CUDA.
RUN pip install --constraint constraints.txt --index-url https://download.pytorch.org/whl/cpu torch
COPY pyproject.toml README.md LICENSE ./
COPY evaluation evaluation
COPY ensemble ensemble
COPY service service
COPY consort consort
COPY configs configs
# Editable: the service reads configs/ beside its code.
RUN mkdir /app && cp -r evaluation ensemble service consort configs pyproject.toml README.md LICENSE /app/ \
    && pip install --constraint constraints.txt --editable '/app[demo,otel,postgres]' \
    && python -m compileall -q /app

FROM python:3.11-slim
RUN groupadd --gid 10001 consort \
    && useradd --uid 10001 --gid consort --no-create-home --shell /usr/sbin/nologin consort \
    && install --directory --owner consort --group consort /var/lib/consort
COPY --from=build /opt/consort /opt/consort
COPY --from=build /app /app
ENV PATH=/opt/consort/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1 \
    CONSORT_HOST=0.0.0.0 \
    CONSORT_REQUIRE_KEYS=true \
    CONSORT_STATE=/var/lib/consort
USER 10001:10001
WORKDIR /var/lib/consort
VOLUME /var/lib/consort
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["consort"]
CMD ["serve"]
