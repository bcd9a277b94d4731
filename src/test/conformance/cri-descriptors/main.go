// Command cri-descriptors writes the FileDescriptorSet of the published CRI
// definition (k8s.io/cri-api, runtime v1) so that it can be compared with the
// definition Gantry serves.
package main

import (
	"fmt"
	"os"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	runtimeapi "k8s.io/cri-api/pkg/apis/runtime/v1"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: cri-descriptors OUT")
		os.Exit(2)
	}
	root := (&runtimeapi.VersionRequest{}).ProtoReflect().Descriptor().ParentFile()
	set := &descriptorpb.FileDescriptorSet{}
	collect(root, set, map[string]bool{})

	// A set that lacks an import is useless to its readers: find out here.
	if _, err := protodesc.NewFiles(set); err != nil {
		fail(err)
	}
	data, err := proto.MarshalOptions{Deterministic: true}.Marshal(set)
	if err != nil {
		fail(err)
	}
	if err := os.WriteFile(os.Args[1], data, 0o644); err != nil {
		fail(err)
	}
}

// collect appends imports before the files that need them.
func collect(file protoreflect.FileDescriptor, set *descriptorpb.FileDescriptorSet, seen map[string]bool) {
	if seen[file.Path()] {
		return
	}
	seen[file.Path()] = true
	imports := file.Imports()
	for i := range imports.Len() {
		collect(imports.Get(i).FileDescriptor, set, seen)
	}
	set.File = append(set.File, protodesc.ToFileDescriptorProto(file))
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "cri-descriptors:", err)
	os.Exit(1)
}
