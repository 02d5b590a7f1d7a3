// Etcd is built from its server module: the module that holds etcd's own main package is not served by the Go proxy in this version.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() {
	etcdmain.Main(os.Args)
}
