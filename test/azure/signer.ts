import type { CryptoKey, JSONWebKeySet, JWTPayload } from "jose";
import { SignJWT, calculateJwkThumbprint, exportJWK, generateKeyPair, jwtVerify } from "jose";

const alg = "ES256";

/** Somebody who issues tokens, and can tell its own from others'. */
export class Signer {
    readonly issuer: string;
    readonly keys: JSONWebKeySet;
    readonly #privateKey: CryptoKey;
    readonly #publicKey: CryptoKey;
    readonly #kid: string;

    private constructor(
        issuer: string,
        pair: { privateKey: CryptoKey; publicKey: CryptoKey },
        keys: JSONWebKeySet,
        kid: string,
    ) {
        this.issuer = issuer;
        this.keys = keys;
        this.#privateKey = pair.privateKey;
        this.#publicKey = pair.publicKey;
        this.#kid = kid;
    }

    static async create(issuer: string): Promise<Signer> {
        const pair = await generateKeyPair(alg);
        const jwk = await exportJWK(pair.publicKey);
        const kid = await calculateJwkThumbprint(jwk);
        return new Signer(issuer, pair, { keys: [{ ...jwk, kid, alg, use: "sig" }] }, kid);
    }

    sign(claims: JWTPayload, lifetimeSeconds: number): Promise<string> {
        const now = Math.floor(Date.now() / 1000);
        return new SignJWT({ jti: crypto.randomUUID(), ...claims })
            .setProtectedHeader({ alg, typ: "JWT", kid: this.#kid })
            .setIssuer(this.issuer)
            .setIssuedAt(now)
            .setNotBefore(now)
            .setExpirationTime(now + lifetimeSeconds)
            .sign(this.#privateKey);
    }

    /** The claims of a token of this signer that is valid now, whoever it is for. */
    async verify(token: string): Promise<JWTPayload | undefined> {
        try {
            const { payload } = await jwtVerify(token, this.#publicKey, {
                issuer: this.issuer,
                algorithms: [alg],
            });
            return payload;
        } catch {
            return undefined;
        }
    }
}
