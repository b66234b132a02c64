// The work of ssh_bench by golang.org/x/crypto/ssh: contacts up to a login, a goroutine each, so many at a time.
// Prints logins, seconds, CPU ms and peak KB above the start.
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"
)

func argument(at int) int {
	number, err := strconv.Atoi(os.Args[at])
	if err != nil {
		panic(err)
	}
	return number
}

func cpu() time.Duration {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

func statusKB(field string) int {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if words := strings.Fields(lines.Text()); words[0] == field+":" {
			kb, _ := strconv.Atoi(words[1])
			return kb
		}
	}
	return 0
}

func main() {
	port, servers, contacts, inFlight := argument(1), argument(2), argument(3), argument(4)
	text, err := os.ReadFile(os.Args[5])
	if err != nil {
		panic(err)
	}
	key, err := ssh.ParsePrivateKey(text)
	if err != nil {
		panic(err)
	}
	config := &ssh.ClientConfig{
		User:            "ubuntu",
		Auth:            []ssh.AuthMethod{ssh.PublicKeys(key)},
		HostKeyCallback: ssh.InsecureIgnoreHostKey(),
		Timeout:         time.Minute,
	}
	before, cpuBefore, begin := statusKB("VmRSS"), cpu(), time.Now()
	var next, loggedIn atomic.Int64
	var all sync.WaitGroup
	for i := 0; i < inFlight; i++ {
		all.Add(1)
		go func() {
			defer all.Done()
			for at := int(next.Add(1)) - 1; at < contacts; at = int(next.Add(1)) - 1 {
				client, err := ssh.Dial("tcp", fmt.Sprintf("127.10.0.%d:%d", at%servers+1, port), config)
				if err == nil {
					loggedIn.Add(1)
					client.Close()
				}
			}
		}()
	}
	all.Wait()
	fmt.Println(loggedIn.Load(), time.Since(begin).Seconds(), float64((cpu()-cpuBefore).Microseconds())/1e3,
		statusKB("VmHWM")-before)
}
