# Debian, not Alpine: the embedded engine is built for glibc.
FROM node:22-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY . .
RUN npm run build && npm prune --omit=dev --ignore-scripts

FROM node:22-bookworm-slim
ENV NODE_ENV=production \
    TOKENWATCH_API_HOST=0.0.0.0 \
    TOKENWATCH_DATA_DIR=/var/lib/tokenwatch
WORKDIR /app
RUN mkdir -p /var/lib/tokenwatch && chown node:node /var/lib/tokenwatch
COPY --from=build /app/package.json /app/LICENSE ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/sql sql
COPY --from=build /app/dist dist
USER node
VOLUME /var/lib/tokenwatch
EXPOSE 8470
# The port of TOKENWATCH_API_PORT, should that be set.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.TOKENWATCH_API_PORT ?? 8470}/healthz`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["node", "--max-semi-space-size=128", "dist/main.js"]
CMD ["serve"]
