# The dashboard, for who hosts it: docs/operations.md. All else that runs on AWS is AWS's own.
FROM python:3.11-slim-bookworm AS build
COPY requirements.txt /requirements.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check -r /requirements.txt

FROM python:3.11-slim-bookworm
RUN useradd --uid 10001 --create-home --home-dir /home/menulens --shell /usr/sbin/nologin menulens
COPY --from=build /venv /venv
WORKDIR /app
COPY errors.py menulens.py settings.py streamlit_app.py ./
COPY .streamlit .streamlit
COPY static static
COPY queries queries
COPY ingest_stack ingest_stack
COPY dashboard dashboard
COPY pages pages
RUN /venv/bin/python -m compileall -q /app
# All that it writes is below its home: the rest may be read-only. What must last is in the buckets that settings name.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 HOME=/home/menulens TMPDIR=/home/menulens \
    MENULENS_HOME=/home/menulens/data MENULENS_DASHBOARD_HOST=0.0.0.0
USER 10001
VOLUME ["/home/menulens"]
EXPOSE 8501
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
ENTRYPOINT ["python", "menulens.py"]
CMD ["dashboard"]
