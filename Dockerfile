# One image for every process of the house; the command says which.
FROM python:3.11-slim-bookworm

ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1

RUN useradd --create-home --uid 10001 tieline \
 && install --directory --owner=tieline --mode=0700 /var/lib/tieline /var/cache/tieline

WORKDIR /opt/tieline
COPY pyproject.toml constraints.txt README.md LICENSE tieline.py ./
COPY state state
COPY connectors connectors
COPY flows flows
COPY dashboards dashboards
COPY replay_data replay_data
COPY policies policies
RUN pip install --constraint constraints.txt --editable . \
 && python -m compileall -q tieline.py state connectors flows dashboards

USER tieline
# Compiled loops are read only from where they could be written (state/compiled.py).
ENV NUMBA_CACHE_DIR=/var/cache/tieline
RUN python -m state.warm
# Room of an array that is not written to takes no memory (flows/supervise.py).
ENV TIELINE_DATA_DIR=/var/lib/tieline NUMPY_MADVISE_HUGEPAGE=0
VOLUME /var/lib/tieline /var/cache/tieline
STOPSIGNAL SIGINT
ENTRYPOINT ["tieline"]
CMD ["--help"]
