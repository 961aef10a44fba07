import type { ScalarTag } from "yaml";

/** Between which numbers are whole to Go. */
const [least, most] = [-(2n ** 63n), 2n ** 64n - 1n];

/**
 * A plain scalar that is a number to Compose, as the text that Compose makes of it for a build argument. Its YAML reader
 * (go-yaml, resolve.go) knows more numbers than YAML 1.2 has, and Go writes some in another way than JavaScript.
 * A date stays as it is written: what Compose makes of it can be in no image's name.
 */
export const composeNumber: ScalarTag = {
    tag: "tag:yaml.org,2002:float",
    default: true,
    test: /^[-+]?\.?\d/,
    resolve: (written) => {
        const plain = written.replaceAll("_", "").toLowerCase();
        const [, sign, digits] = /^([-+]?)(0b[01]+|0o[0-7]+|0x[\da-f]+|\d+)$/.exec(plain) ?? [];
        if (digits !== undefined) {
            const size = BigInt(digits.replace(/^0(?=[0-7]+$)/, "0o"));
            const whole = sign === "-" ? -size : size;
            if (whole >= least && whole <= most) return String(whole);
        }
        const value = /^[-+]?(\.\d+|\d+(\.\d*)?)(e[-+]?\d+)?$/.test(plain) ? Number(plain) : NaN;
        return Number.isFinite(value) ? goText(value) : written;
    },
};

function goText(value: number): string {
    const [digits = "", power = ""] = value.toExponential().split("e");
    if (Number(power) >= -4 && Number(power) < 6) return String(value);
    return `${digits}e${power.replace(/\d+/, (size) => size.padStart(2, "0"))}`;
}
