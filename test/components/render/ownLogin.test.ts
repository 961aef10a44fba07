import { expect } from "chai";
import { ownLoginCommand } from "../../../components/render/ownLogin.ts";

describe("ownLoginCommand", () => {
    for (const [server, command] of [
        ["ghcr.io", "docker login ghcr.io"],
        ["docker.io", "docker login"],
        ["harbor.acme.example:8443", "docker login harbor.acme.example:8443"],
        ["acme.azurecr.io", "az acr login --name acme"],
        ["acme-d7hjk2.azurecr.cn", "az acr login --name acme"],
        ["europe-docker.pkg.dev", "gcloud auth configure-docker europe-docker.pkg.dev"],
        ["eu.gcr.io", "gcloud auth configure-docker eu.gcr.io"],
        [
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "aws ecr get-login-password --region eu-west-1 | docker login --username AWS --password-stdin 123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        ],
        [
            "123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
            "aws ecr get-login-password --region us-gov-west-1 | docker login --username AWS --password-stdin 123456789012.dkr.ecr-fips.us-gov-west-1.amazonaws.com",
        ],
        [
            "public.ecr.aws",
            "aws ecr-public get-login-password --region us-east-1 | docker login --username AWS --password-stdin public.ecr.aws",
        ],
        ["gcr.io", "gcloud auth configure-docker gcr.io"],
        // None of these is run by whom a part of its name says.
        ["mygcr.io", "docker login mygcr.io"],
        ["gcr.io.acme.example", "docker login gcr.io.acme.example"],
        ["team.acme.azurecr.io", "docker login team.acme.azurecr.io"],
        ["acme.azurecr.io.example", "docker login acme.azurecr.io.example"],
        [
            "x-123456789012.dkr.ecr.eu-west-1.amazonaws.com",
            "docker login x-123456789012.dkr.ecr.eu-west-1.amazonaws.com",
        ],
        [
            "123456789012.dkr.ecr.eu-west-1.amazonaws.com.example",
            "docker login 123456789012.dkr.ecr.eu-west-1.amazonaws.com.example",
        ],
        ["azurecr.io.acme.example", "docker login azurecr.io.acme.example"],
    ] as const) {
        it(`is that of ${server}`, () => {
            expect(ownLoginCommand(server)).to.equal(command);
        });
    }
});
