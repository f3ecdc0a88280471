# Image of the server: the dependencies of the lock file, a user without rights, and a root that may be read-only.
ARG PYTHON=3.13
FROM python:${PYTHON}-slim AS build
ENV EV2GYM_DASHBOARD_KERNEL_CACHE=/var/cache/ev2gym-dashboard PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /source
RUN python -m venv /opt/ev2gym-dashboard
COPY requirements.lock ./
RUN /opt/ev2gym-dashboard/bin/pip install --no-cache-dir --require-hashes --requirement requirements.lock
COPY pyproject.toml README.md LICENSE ./
COPY assets assets
COPY data data
COPY ev2gym_dashboard ev2gym_dashboard
# The kernels are compiled for the machine that builds; another kind of processor compiles its own at the first start.
RUN /opt/ev2gym-dashboard/bin/pip install --no-cache-dir --no-deps --no-build-isolation . \
    && /opt/ev2gym-dashboard/bin/python -m ev2gym_dashboard.web.warm_up

# The documentation site; the tools that make it stay in this stage.
FROM build AS site
COPY requirements-dev.lock ./
RUN /opt/ev2gym-dashboard/bin/pip install --no-cache-dir --require-hashes --requirement requirements-dev.lock
COPY CHANGELOG.md Dockerfile compose.yaml ./
COPY docs docs
RUN /opt/ev2gym-dashboard/bin/python -m sphinx -b html -W --keep-going -q -d /tmp/doctrees docs /opt/documentation

FROM python:${PYTHON}-slim
ENV PATH=/opt/ev2gym-dashboard/bin:$PATH \
    EV2GYM_DASHBOARD_DOCS=/opt/documentation \
    EV2GYM_DASHBOARD_HOST=0.0.0.0 \
    EV2GYM_DASHBOARD_STATE=/var/lib/ev2gym-dashboard \
    EV2GYM_DASHBOARD_KERNEL_CACHE=/var/cache/ev2gym-dashboard
RUN useradd --system --uid 10001 --user-group --no-create-home ev2gym \
    && install --directory --owner ev2gym --group ev2gym /var/lib/ev2gym-dashboard
COPY --from=build /opt/ev2gym-dashboard /opt/ev2gym-dashboard
COPY --from=site /opt/documentation /opt/documentation
COPY --from=build --chown=10001:10001 /var/cache/ev2gym-dashboard /var/cache/ev2gym-dashboard
USER 10001:10001
EXPOSE 8888
VOLUME ["/var/lib/ev2gym-dashboard", "/var/cache/ev2gym-dashboard"]
HEALTHCHECK --interval=30s --timeout=5s --start-period=180s CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8888/healthz', timeout=4)"]
ENTRYPOINT ["ev2gym-dashboard"]
CMD ["serve"]
