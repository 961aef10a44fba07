import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PemConverter, X509CertificateGenerator } from "@peculiar/x509";
import { importX509, jwtVerify } from "jose";
import type { Secrets } from "../secrets.ts";

/** A role on the registry, as far as the data plane knows it. */
export type Role = "Contributor" | "AcrPush" | "AcrPull" | "none";

/** The application that the program signs in as. */
export class Identity {
    readonly tenantId = crypto.randomUUID();
    readonly subscriptionId = crypto.randomUUID();
    readonly clientId = crypto.randomUUID();
    readonly objectId = crypto.randomUUID();
    readonly clientSecret: string;
    role: Role = "Contributor";
    /** How long a registry knows it by the refresh token that it gave for one of its own. */
    refreshTokenSeconds = 3 * 3600;
    #certificate: string | undefined;

    constructor(secrets: Secrets) {
        this.clientSecret = secrets.issue(randomBytes(30).toString("base64url"));
    }

    /** Gives the application a certificate to sign in with, and returns the file that holds it with its key. */
    async issueCertificate(directory: string): Promise<string> {
        const algorithm = {
            name: "RSASSA-PKCS1-v1_5",
            hash: "SHA-256",
            modulusLength: 2048,
            publicExponent: new Uint8Array([1, 0, 1]),
        };
        const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
        const certificate = await X509CertificateGenerator.createSelfSigned({
            name: `CN=${this.clientId}`,
            keys,
            signingAlgorithm: algorithm,
        });
        this.#certificate = certificate.toString("pem");
        const key = PemConverter.encode(
            await crypto.subtle.exportKey("pkcs8", keys.privateKey),
            "PRIVATE KEY",
        );
        const file = join(directory, "client.pem");
        await writeFile(file, `${key}\n${this.#certificate}\n`, { mode: 0o600 });
        return file;
    }

    /** Whether an assertion was signed with the certificate of the application. */
    async verifyAssertion(assertion: string): Promise<boolean> {
        if (this.#certificate === undefined) return false;
        try {
            const key = await importX509(this.#certificate, "PS256");
            const clockTolerance = 300;
            await jwtVerify(assertion, key, {
                issuer: this.clientId,
                subject: this.clientId,
                clockTolerance,
            });
            return true;
        } catch {
            return false;
        }
    }
}
