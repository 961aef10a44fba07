/** How one logs Docker in with an account of one's own, by what the registry's name says of who runs it. */
export function ownLoginCommand(server: string): string {
    // Its registries have no hyphens in their names, and with a label for the domain one after them.
    const [, azure] = /^([a-z0-9]+)(?:-[a-z0-9]+)?\.azurecr\.(?:io|cn|us)$/i.exec(server) ?? [];
    if (azure !== undefined) return `az acr login --name ${azure}`;
    const [, region] =
        /^\d+\.dkr[.-]ecr(?:-fips)?\.([a-z0-9-]+)\.(?:amazonaws\.com(?:\.cn)?|on\.aws)$/.exec(server) ?? [];
    if (region !== undefined) return amazon("ecr", region, server);
    if (server === "public.ecr.aws") return amazon("ecr-public", "us-east-1", server);
    if (/^(?:.*-docker\.pkg\.dev|(?:.*\.)?gcr\.io)$/.test(server)) {
        return `gcloud auth configure-docker ${server}`;
    }
    return server === "docker.io" ? "docker login" : `docker login ${server}`;
}

function amazon(service: string, region: string, server: string): string {
    return `aws ${service} get-login-password --region ${region} | docker login --username AWS --password-stdin ${server}`;
}
