# One image for every program; docker-compose.yml says which one a container runs.
FROM python:3.11-slim
ENV PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WORKDIR /srv/ewtp
COPY requirements-run.lock .
RUN pip install --no-cache-dir --require-hashes -r requirements-run.lock
COPY . .
# Static files need no database: addresses that nobody answers are enough here.
RUN DATABASE_URL=postgresql://none@127.0.0.1:9/none REDIS_URL=redis://127.0.0.1:9/0 \
    python manage.py collectstatic --noinput --verbosity 0 \
    && useradd --system --home-dir /srv/ewtp ewtp \
    && mkdir -p /srv/media /srv/originals /srv/seal && chown ewtp /srv/media /srv/originals /srv/seal
USER ewtp
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "ewtp.wsgi", "--no-control-socket", "--config=python:ewtp.web", "--bind=0.0.0.0:8000"]
