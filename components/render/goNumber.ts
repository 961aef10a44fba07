import type { ScalarTag } from "yaml";

/** Between which numbers are whole to Go. */
const [least, most] = [-(2n ** 63n), 2n ** 64n - 1n];

/**
 * A plain scalar that is a number to go-yaml (resolve.go), by which Compose and Pulumi read their files, and which knows
 * more of them than YAML 1.2 has. One that is whole is a bigint, since Go writes others in another way.
 */
export const goNumber: ScalarTag = {
    tag: "tag:yaml.org,2002:float",
    default: true,
    test: /^[-+]?\.?\d/,
    resolve: (written) => {
        const plain = written.replaceAll("_", "").toLowerCase();
        const [, sign, digits] = /^([-+]?)(0b[01]+|0o[0-7]+|0x[\da-f]+|\d+)$/.exec(plain) ?? [];
        if (digits !== undefined) {
            const size = BigInt(digits.replace(/^0(?=[0-7]+$)/, "0o"));
            const whole = sign === "-" ? -size : size;
            if (whole >= least && whole <= most) return whole;
        }
        const value = /^[-+]?(\.\d+|\d+(\.\d*)?)(e[-+]?\d+)?$/.test(plain) ? Number(plain) : NaN;
        return Number.isFinite(value) ? value : written;
    },
};

/** A number as Go writes it. */
export function goText(value: number | bigint): string {
    if (typeof value === "bigint") return String(value);
    const [digits = "", power = ""] = value.toExponential().split("e");
    if (Number(power) >= -4 && Number(power) < 6) return String(value);
    return `${digits}e${power.replace(/\d+/, (size) => size.padStart(2, "0"))}`;
}
