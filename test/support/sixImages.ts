import { Repository } from "./repository.ts";
import type { SandboxOptions } from "./sandbox.ts";

/** An image of one file, whose label tells those that are built on it apart. */
const image = (name: string, start: string): string =>
    `${start}\nCOPY content /${name}\nLABEL ${name}=official\n`;

/** Six images, three of them in a chain, and twelve services in folders of every kind. */
export const files = {
    "docker/base/Dockerfile": image("base", "FROM scratch"),
    "docker/base/content": "base\n",
    "docker/runtime/Dockerfile": image("runtime", "FROM base"),
    "docker/runtime/content": "runtime\n",
    "docker/java/Dockerfile.jre": "FROM runtime\nCOPY shared/java /java\nLABEL java=official\n",
    "docker/java/README.md": "Copies from the root.\n",
    "shared/java": "java\n",
    "docker/python/Dockerfile": image("python", "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}"),
    "docker/python/content": "python\n",
    "docker/node/Dockerfile": image("node", "FROM acme.example.com/base:7"),
    "docker/node/content": "node\n",
    "docker/tools/Dockerfile": image("tools", "FROM scratch"),
    "docker/tools/content": "tools\n",
    ".dockerignore": "*\n!shared\n!web\n",
    "docker-compose.yml": [
        "services:",
        "  web: { build: { context: ., dockerfile: web/Dockerfile } }",
        "  admin: { build: { context: ., dockerfile: web/Dockerfile, target: admin } }",
        "  batch: { build: ./batch, profiles: [work] }",
        "  idle: { build: ./idle }",
        "  db: { image: registry:3 }",
        "",
    ].join("\n"),
    "web/Dockerfile": "FROM node AS admin\nLABEL a=b\nFROM node\nCOPY --from=tools /tools /tools\n",
    "batch/Dockerfile": "FROM java\nLABEL a=b\n",
    "idle/Dockerfile": "FROM scratch\nLABEL a=b\n",
    "services/api/compose.yaml":
        "services: { api: { build: . }, migrate: { build: { context: ., target: migrate } } }\n",
    "services/api/Dockerfile": "FROM java AS migrate\nLABEL a=b\nFROM java\nLABEL a=b\n",
    "services/mail/Dockerfile": "ARG FOUNDATION_PYTHON_IMAGE\nFROM ${FOUNDATION_PYTHON_IMAGE}\nLABEL a=b\n",
    "services/queue/compose.yml": "services: { queue: { build: . }, worker: { build: worker } }\n",
    "services/queue/compose.override.yml": "services: { queue: { environment: [A=1] } }\n",
    "services/queue/Dockerfile": "FROM python\nLABEL a=b\n",
    "services/queue/worker/Dockerfile": "FROM runtime\nLABEL a=b\n",
    "tools/lint/Dockerfile": "FROM tools\nLABEL a=b\n",
    "tools/deep/gen/compose.yaml":
        "services: { gen: { build: { dockerfile: Dockerfile.gen } }, check: { build: { dockerfile: Dockerfile.gen, target: check } } }\n",
    "tools/deep/gen/Dockerfile.gen":
        "FROM base AS check\nLABEL a=b\nFROM tools\nCOPY --from=check /base /base\n",
} as const;

const config = {
    "images.java.folder": "docker/java",
    "images.java.context": ".",
    "images.java.dockerfile": "docker/java/Dockerfile.jre",
    "images.base.folder": "docker/base",
    "images.base.argument": "BASE_IMAGE",
    "images.base.replaces[0]": "acme.example.com/base",
    "images.runtime.folder": "docker/runtime",
    "images.python.folder": "docker/python",
    "images.node.folder": "docker/node",
    "images.tools.folder": "docker/tools",
    "apps[0]": ".",
    "apps[1]": "services/*",
    "apps[2]": "tools/**",
};

/** A repository with all of them, whose Pulumi project is in `infra/`. */
export function sixImages(options: SandboxOptions = {}): Promise<Repository> {
    return Repository.create(files, config, { ...options, project: "infra" });
}
