// Tells what BuildKit makes of Dockerfiles: a case on each line of the input as JSON, an answer on each of the output.
//
// The Dockerfile goes through BuildKit's own frontend, as in a build. What the frontend would ask a registry for is
// written down instead of fetched.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	gateway "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	fstypes "github.com/tonistiigi/fsutil/types"
)

type question struct {
	Dockerfile   string            `json:"dockerfile"`
	Architecture string            `json:"architecture"`
	Target       string            `json:"target"`
	Args         map[string]string `json:"args"`
	// Names to image references, as in --build-context.
	Contexts map[string]string `json:"contexts"`
}

type answer struct {
	// Why the build would fail.
	Error string `json:"error,omitempty"`
	// Why the Dockerfile can't even be split into instructions.
	Unparsable   string        `json:"unparsable,omitempty"`
	Instructions []instruction `json:"instructions"`
	// The images that the build asks for, in their familiar form without ":latest", each once and sorted.
	Images []string `json:"images"`
}

type instruction struct {
	Line    int    `json:"line"`
	Keyword string `json:"keyword"`
}

func main() {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<24)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var q question
		must(json.Unmarshal(input.Bytes(), &q))
		must(output.Encode(judge(q)))
	}
	must(input.Err())
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func judge(q question) answer {
	a := answer{Instructions: []instruction{}, Images: []string{}}
	result, err := parser.Parse(strings.NewReader(q.Dockerfile))
	if err != nil {
		a.Unparsable = err.Error()
		a.Error = err.Error()
		return a
	}
	for _, node := range result.AST.Children {
		a.Instructions = append(a.Instructions, instruction{node.StartLine, strings.ToUpper(node.Value)})
	}
	asked, err := convert(q)
	if err != nil {
		a.Error = err.Error()
	}
	a.Images = append(a.Images, asked...)
	slices.Sort(a.Images)
	a.Images = slices.Compact(a.Images)
	return a
}

func convert(q question) (asked []string, err error) {
	options := map[string]string{"target": q.Target}
	for name, value := range q.Args {
		options["build-arg:"+name] = value
	}
	for name, image := range q.Contexts {
		options["context:"+name] = "docker-image://" + image
	}
	platform := ocispecs.Platform{OS: "linux", Architecture: q.Architecture}
	registry := &registry{options: options, platform: platform}
	ui, err := dockerui.NewClient(registry)
	if err != nil {
		return nil, err
	}
	capabilities := pb.Caps.CapSet(pb.Caps.All())
	_, err = dockerfile2llb.Dockerfile2LLB(context.Background(), []byte(q.Dockerfile), dockerfile2llb.ConvertOpt{
		Config:         ui.Config,
		Client:         ui,
		MetaResolver:   registry,
		LLBCaps:        &capabilities,
		TargetPlatform: &platform,
		SourceMap:      llb.NewSourceMap(nil, "Dockerfile", "", []byte(q.Dockerfile)),
	})
	return registry.asked, err
}

// registry has every image.
type registry struct {
	client.Client
	options  map[string]string
	platform ocispecs.Platform
	// BuildKit asks for several images at a time.
	mutex sync.Mutex
	asked []string
}

func (r *registry) BuildOpts() client.BuildOpts {
	return client.BuildOpts{
		Opts:    r.options,
		LLBCaps: pb.Caps.CapSet(pb.Caps.All()),
		Caps:    gateway.Caps.CapSet(gateway.Caps.All()),
		Workers: []client.WorkerInfo{{Platforms: []ocispecs.Platform{r.platform}}},
	}
}

func (r *registry) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	named, err := reference.ParseNormalizedNamed(ref)
	if err != nil {
		return "", "", nil, err
	}
	r.mutex.Lock()
	defer r.mutex.Unlock()
	r.asked = append(r.asked, strings.TrimSuffix(reference.FamiliarString(named), ":latest"))
	config := fmt.Sprintf(`{"os":"linux","architecture":"%s","rootfs":{"type":"layers","diff_ids":["%s"]}}`, r.platform.Architecture, digest.FromString(ref))
	return ref, "", []byte(config), nil
}

// Solve is asked for .dockerignore alone.
func (r *registry) Solve(context.Context, client.SolveRequest) (*client.Result, error) {
	result := client.NewResult()
	result.SetRef(empty{})
	return result, nil
}

type empty struct{ client.Reference }

func (empty) StatFile(context.Context, client.StatRequest) (*fstypes.Stat, error) {
	return &fstypes.Stat{}, nil
}

func (empty) ReadFile(context.Context, client.ReadRequest) ([]byte, error) {
	return nil, nil
}

// Inputs are of frontends that others are made with.
func (r *registry) Inputs(context.Context) (map[string]llb.State, error) {
	return nil, nil
}
