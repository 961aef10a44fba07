/** The few commands of the Azure CLI by which others sign in with its user: it asks the fake, and prints as `az` does. */
const [command = "", ...options] = process.argv.slice(2).join(" ").split(" --");
const resource = options.find((option) => option.startsWith("resource "))?.slice("resource ".length) ?? "";

const response = await fetch(
    `${process.env["FAKE_AZURE_CLI_URL"] ?? ""}?${new URLSearchParams({ command, resource }).toString()}`,
    {
        headers: { authorization: `Bearer ${process.env["FAKE_AZURE_CLI_KEY"] ?? ""}` },
    },
);
if (response.ok) {
    process.stdout.write(`${await response.text()}\n`);
} else {
    process.stderr.write(`ERROR: '${command}' failed with ${response.status}\n`);
    process.exitCode = 1;
}
