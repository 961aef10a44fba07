import "reflect-metadata";
import { writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import {
    BasicConstraintsExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    PemConverter,
    SubjectAlternativeNameExtension,
    X509CertificateGenerator,
} from "@peculiar/x509";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const lifetime = 24 * 60 * 60 * 1000;

/** What a server on the loopback needs to speak TLS, and what its clients need to believe it. */
export interface Certificates {
    readonly key: string;
    readonly certificate: string;
    /** For `NODE_EXTRA_CA_CERTS`: the CA beside whatever that variable named already. */
    readonly authorityFile: string;
    /** For `SSL_CERT_FILE`, which replaces what a Go program trusts: the CA beside the usual roots. */
    readonly bundleFile: string;
    /** Takes the CA back out of this process. */
    distrust(): void;
}

/**
 * A CA that lives as long as the test, and a certificate from it for the loopback and these names and addresses. This process trusts
 * the CA at once, so that clients under test need no TLS options of their own; others find it in the directory.
 */
export async function issueCertificates(
    directory: string,
    names: readonly string[] = [],
): Promise<Certificates> {
    const notBefore = new Date(Date.now() - 60_000);
    const notAfter = new Date(notBefore.getTime() + lifetime);
    const authorityKeys = await crypto.subtle.generateKey(algorithm, false, ["sign", "verify"]);
    const authority = await X509CertificateGenerator.createSelfSigned({
        // Of two trusted authorities of the same name, a client may try the wrong one alone.
        name: `CN=Foundation image test CA ${crypto.randomUUID()}`,
        keys: authorityKeys,
        signingAlgorithm: algorithm,
        notBefore,
        notAfter,
        extensions: [
            new BasicConstraintsExtension(true, 0, true),
            new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        ],
    });
    const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
    const certificate = await X509CertificateGenerator.create({
        subject: "CN=localhost",
        issuer: authority.subject,
        publicKey: keys.publicKey,
        signingKey: authorityKeys.privateKey,
        signingAlgorithm: algorithm,
        notBefore,
        notAfter,
        extensions: [
            new SubjectAlternativeNameExtension([
                { type: "dns", value: "localhost" },
                { type: "ip", value: "127.0.0.1" },
                ...names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const),
            ]),
        ],
    });
    const key = PemConverter.encode(await crypto.subtle.exportKey("pkcs8", keys.privateKey), "PRIVATE KEY");
    const pem = authority.toString("pem");

    const authorityFile = join(directory, "ca.pem");
    const bundleFile = join(directory, "bundle.pem");
    const trusted = getCACertificates("default");
    await writeFile(authorityFile, [...getCACertificates("extra"), pem].join("\n"));
    await writeFile(bundleFile, [...new Set([...trusted, ...getCACertificates("system"), pem])].join("\n"));

    setDefaultCACertificates([...trusted, pem]);
    return {
        key,
        certificate: certificate.toString("pem"),
        authorityFile,
        bundleFile,
        distrust() {
            setDefaultCACertificates(
                getCACertificates("default").filter((held) => held.trim() !== pem.trim()),
            );
        },
    };
}
