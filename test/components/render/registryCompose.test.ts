import { expect } from "chai";
import { parse } from "yaml";

import { registryCompose, type RegistryDefinition } from "../../../components/render/registryCompose.ts";
import { expectGolden } from "../../support/golden.ts";

const definition: RegistryDefinition = {
    project: "foundation-registry-dev",
    owner: "/home/me/foundation dev",
    pullPort: 5050,
    pushPort: 5051,
    pullHtpasswd: "puller:$2b$05$abcdefghijklmnopqrstuuM7mR5c4bpJ7nCZmFqUqXeyqXUkD1vKO",
    pushHtpasswd: "pusher:$2b$05$bcdefghijklmnopqrstuuvM7mR5c4bpJ7nCZmFqUqXeyqXUkD1vKO",
};

interface Service {
    readonly ports: readonly string[];
    readonly volumes: readonly string[];
    readonly labels: Readonly<Record<string, string>>;
}

interface Parsed {
    readonly services: { readonly push: Service; readonly pull: Service };
    readonly configs: Readonly<Record<string, { readonly content: string }>>;
    readonly volumes: { readonly images: { readonly labels: Readonly<Record<string, string>> } };
    readonly networks: { readonly default: { readonly labels: Readonly<Record<string, string>> } };
}

function parsed(changes: Partial<RegistryDefinition> = {}): Parsed {
    return parse(registryCompose({ ...definition, ...changes })) as Parsed;
}

/** The registry's own configuration, as the registry will read it. */
function registryConfig(name: string): unknown {
    return parse((parsed().configs[name]?.content ?? "").replaceAll("$$", "$"));
}

describe("registryCompose", () => {
    it("is this file", () => {
        expectGolden(new URL("./golden/registry.compose.txt", import.meta.url), registryCompose(definition));
    });

    it("publishes both registries on the loopback address only", () => {
        const { push, pull } = parsed().services;
        expect(push.ports).to.deep.equal(["127.0.0.1:5051:5000"]);
        expect(pull.ports).to.deep.equal(["127.0.0.1:5050:5000"]);
    });

    it("lets the pull side read only, by the registry's configuration and by the mount", () => {
        expect(registryConfig("pull-config")).to.deep.equal({
            version: 0.1,
            log: { level: "error", accesslog: { disabled: true } },
            storage: {
                filesystem: { rootdirectory: "/var/lib/registry" },
                maintenance: { readonly: { enabled: true }, uploadpurging: { enabled: false } },
            },
            auth: { htpasswd: { realm: "foundation", path: "/etc/distribution/htpasswd" } },
            http: { addr: ":5000", headers: { "X-Content-Type-Options": ["nosniff"] } },
        });
        expect(parsed().services.pull.volumes).to.deep.equal(["images:/var/lib/registry:ro"]);
        expect(parsed().services.push.volumes).to.deep.equal(["images:/var/lib/registry"]);
    });

    it("lets the push side delete, which has no cache either", () => {
        expect(registryConfig("push-config"))
            .to.have.property("storage")
            .that.deep.equals({
                filesystem: { rootdirectory: "/var/lib/registry" },
                delete: { enabled: true },
            });
    });

    it("doubles the dollars of bcrypt, so that Compose gives the registry single ones", () => {
        expect(registryCompose(definition)).to.contain(
            "puller:$$2b$$05$$abcdefghijklmnopqrstuuM7mR5c4bpJ7nCZmFqUqXeyqXUkD1vKO\n",
        );
    });

    it("labels services, volume and network with their owner", () => {
        const { services, volumes, networks } = parsed({ owner: "o" });
        for (const { labels } of [services.push, services.pull, volumes.images, networks.default]) {
            expect(labels["foundation.owner"]).to.equal("o");
        }
    });

    it("labels services with a checksum of eight digits, whatever they have", () => {
        for (let index = 0; index < 64; index++) {
            const { labels } = parsed({ pullHtpasswd: `puller:${index}` }).services.pull;
            expect(labels["foundation.contents"]).to.match(/^[0-9a-f]{8}$/);
        }
    });

    it("changes a service when its own password changes, and no other", () => {
        const before = parsed().services;
        const after = parsed({ pullHtpasswd: definition.pullHtpasswd.replace("K", "L") }).services;
        expect(after.pull).not.to.deep.equal(before.pull);
        expect(after.push).to.deep.equal(before.push);
        expect(after.pull.labels["foundation.contents"]).to.match(/^[0-9a-f]{8}$/);
    });
});
