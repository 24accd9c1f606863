# A small image that runs `datenernte` as an ordinary user; the working folder is the volume /data:
#   docker build -t datenernte . && docker run --rm -v "$PWD/meine-ernte:/data" datenernte run
FROM python:3.11-slim AS build
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY dcat dcat
COPY validators validators
COPY harvester harvester
RUN python -m venv /opt/datenernte \
 && /opt/datenernte/bin/pip install --no-cache-dir --constraint constraints.txt '.[postgres]'

FROM python:3.11-slim
RUN useradd --uid 10001 --create-home datenernte \
 && install -d -o datenernte -g datenernte /data
COPY --from=build /opt/datenernte /opt/datenernte
ENV PATH=/opt/datenernte/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER datenernte
WORKDIR /data
VOLUME /data
ENTRYPOINT ["datenernte"]
CMD ["--help"]
