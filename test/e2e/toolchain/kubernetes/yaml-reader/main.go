// Reads YAML documents as kubectl and the controllers do, and prints each as a line of JSON.
package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"

	documents "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

func main() {
	if err := convert(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func convert(in io.Reader, out io.Writer) error {
	reader := documents.NewYAMLReader(bufio.NewReader(in))
	for count := 1; ; count++ {
		text, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		json, err := yaml.YAMLToJSONStrict(text)
		if err != nil {
			return fmt.Errorf("document %d: %w\n%s", count, err, text)
		}
		if _, err := fmt.Fprintf(out, "%s\n", json); err != nil {
			return err
		}
	}
}
