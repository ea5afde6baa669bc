# Three images from the pinned requirements, each made as `make venv` makes an environment (docs/container.md):
#   agent   the ways in, without torch: talks to a vLLM elsewhere
#   cpu     everything on a processor: vLLM, set-up (`waam models build`) and training
#   gpu     vLLM for a CUDA card, which serves what `cpu` built

FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 UV_NO_CACHE=1 UV_LINK_MODE=copy WAAM_HOME=/data PATH=/app/.venv/bin:$PATH
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends make && rm -rf /var/lib/apt/lists/* \
 && useradd --create-home --uid 10001 waam && install --directory --owner waam /app /data
USER 10001
WORKDIR /app
COPY --chown=waam Makefile pyproject.toml ./
COPY --chown=waam requirements requirements
# the pinned packages first, so that a change of the code does not install them anew
RUN mkdir -p agent/attached agent/batch agent/chat agent/commands agent/evaluation agent/learning agent/many agent/model agent/server agent/setup agent/shown agent/slack tools knowledge finetune
VOLUME /data
ENTRYPOINT ["waam"]

FROM base AS agent
RUN make venv REQUIREMENTS=core
COPY --chown=waam . .
EXPOSE 8430
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8430/healthz', timeout=4)"]
CMD ["serve", "--host", "0.0.0.0"]

# what vLLM, torch and numba load and compile with
FROM base AS compiling
USER root
# hadolint ignore=DL3008
RUN apt-get update && apt-get install --yes --no-install-recommends g++ libgomp1 libnuma1 && rm -rf /var/lib/apt/lists/*
USER 10001

FROM compiling AS cpu
RUN make venv REQUIREMENTS=all
COPY --chown=waam . .
EXPOSE 8427
CMD ["up", "--foreground"]

FROM compiling AS gpu
RUN make venv REQUIREMENTS=gpu
COPY --chown=waam . .
EXPOSE 8427
CMD ["up", "--foreground"]
