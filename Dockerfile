# One image for every role: the command says which (`control-plane`, `node`, `up`, `apply`, …).
#
# NODE_IMAGE is a setting, so that it also builds where no registry can be reached; it must bring Node 26 and, for the first
# stage, npm.
ARG NODE_IMAGE=node:26-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /opt/penstock
COPY package.json package-lock.json ./
# The image brings Node: no script of a package has to run.
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE}
WORKDIR /opt/penstock
COPY --from=dependencies /opt/penstock/node_modules ./node_modules
COPY package.json LICENSE ./
COPY proto ./proto
COPY shared ./shared
COPY control-plane ./control-plane
COPY data-plane ./data-plane
COPY examples ./examples
# Compiled once, here: a container starts in half the time, and its file system need not be writable.
ENV NODE_COMPILE_CACHE=/opt/penstock/.compiled
RUN ["node", "-e", "await Promise.all(['cli/program.ts', 'replica.ts', '../data-plane/main.ts'].map((path) => import('/opt/penstock/control-plane/' + path))); (await import('node:module')).flushCompileCache(); process.exit(0)"]
RUN ["node", "-e", "fs.mkdirSync('/var/lib/penstock', { recursive: true }); fs.chownSync('/var/lib/penstock', 65532, 65532)"]
VOLUME /var/lib/penstock
# No name, no shell, no rights.
USER 65532:65532
ENTRYPOINT ["node", "/opt/penstock/control-plane/cli/penstock.ts"]
CMD ["--help"]
