package addresstest

import "strings"

// Case is a URL of a stranger's that leads, or would lead in the eyes of some reader, to where nobody may get.
type Case struct {
	URL   string
	Means string // where it leads, and how it is written

	// Gone: it is read as a name that nobody has, or as no URL of a host at all, so that it may count as unreachable.
	// All others are refused for where they lead.
	Gone bool
}

// The tables have a host, or a URL, in a line, what it means, and whether it is gone.
// metadata are the addresses at which clouds tell a machine its secrets.
const metadata = `
	169.254.169.254 | metadata of AWS, Google, Azure and others
	169.254.170.2 | credentials of an ECS task
	100.100.100.200 | metadata of Alibaba
	192.0.0.192 | metadata of Oracle
	168.63.129.16 | Azure's platform
	[fd00:ec2::254] | metadata of AWS, IPv6
	[fd20:ce::254] | metadata of Google, IPv6
	metadata.test | a name for it`

const special = `
	127.0.0.1 | loopback
	127.255.255.254 | loopback
	0.0.0.0 | this machine
	0.1.2.3 | this network
	10.0.0.1 | private
	172.16.0.1 | private
	172.31.255.255 | private
	192.168.0.1 | private
	100.64.0.1 | carrier-grade NAT
	192.0.2.2 | documentation
	198.51.100.1 | documentation
	203.0.113.1 | documentation
	192.88.99.1 | 6to4 relay
	198.18.0.1 | benchmarking
	224.0.0.1 | multicast
	239.255.255.250 | multicast
	240.0.0.1 | reserved
	255.255.255.255 | broadcast`

// spelled are 127.0.0.1, and what some reader or other takes for it.
const spelled = `
	2130706433 | 127.0.0.1 in decimal
	0x7f000001 | in hexadecimal
	0X7F000001 | in hexadecimal
	017700000001 | in octal
	0x7f.0x0.0x0.0x1 | four hexadecimal numbers
	0177.0.0.1 | octal in four
	0177.0x0.0.1 | octal and hexadecimal
	00000000127.0.0.1 | leading zeros
	127.0.0.01 | a leading zero
	127.1 | two numbers
	127.0.1 | three numbers
	0x7f.1 | two, hexadecimal
	0 | 0.0.0.0 in one number
	0x0 | 0.0.0.0 in one number
	4294967297 | 2^32 + 1: wraps to 0.0.0.1
	6425673729 | 2^32 + 127.0.0.1
	256.256.256.256 | numbers that are too large
	383.256.256.257 | numbers modulo 256 are 127.0.0.1
	127.0.0.1. | a dot behind
	2130706433. | a number and a dot behind
	127.1. | two numbers and a dot behind
	127.0.0.1.. | two dots behind
	127..0.0.1 | two dots
	127.0.0.0x1 | hexadecimal at the end
	127.0.0.1e0 | an exponent ? gone
	127。0。0。1 | ideographic dots
	127．0．0．1 | full-width dots
	127｡0｡0｡1 | half-width ideographic dots
	１２７.０.０.１ | full-width digits
	①②⑦.⓪.⓪.① | digits in circles
	𝟏𝟐𝟕.𝟎.𝟎.𝟏 | mathematical digits
	¹²⁷.⁰.⁰.¹ | superscript digits
	१२७.०.०.१ | Devanagari digits ? gone
	127.0.0.1%C2%AD | a soft hyphen
	２１３０７０６４３３ | full-width decimal
	%31%32%37.0.0.1 | percent-encoded digits ? gone
	127%2e0%2e0%2e1 | percent-encoded dots ? gone
	%EF%BC%91%EF%BC%92%EF%BC%97.0.0.1 | percent-encoded full-width digits
	127.0.0.1%00 | a NUL behind, encoded ? gone
	127.0.0.1%2500 | a NUL behind, encoded twice
	127.0.0.1%09.example.com | a tab, encoded ? gone
	127.0.0.1%23.example.com | a number sign, encoded ? gone
	[127.0.0.1] | IPv4 in brackets ? gone`

const six = `
	[::1] | loopback
	[0:0:0:0:0:0:0:1] | loopback, written out
	[0000:0000:0000:0000:0000:0000:0000:0001] | loopback, written out
	[::] | this machine
	[::ffff:127.0.0.1] | IPv4-mapped
	[::FFFF:7F00:1] | IPv4-mapped
	[0:0:0:0:0:ffff:127.0.0.1] | IPv4-mapped, written out
	[::ffff:93.184.216.34] | IPv4-mapped, public
	[::127.0.0.1] | IPv4-compatible
	[::7f00:1] | IPv4-compatible
	[::ffff:0:127.0.0.1] | IPv4-translated
	[2002:7f00:1::] | 6to4
	[2002:a00:1::1] | 6to4 of 10.0.0.1
	[64:ff9b::7f00:1] | NAT64
	[64:ff9b::127.0.0.1] | NAT64
	[64:ff9b:1::7f00:1] | NAT64 of a network's own
	[2001:0:7f00:1::] | Teredo
	[2001:0:53aa:64c:0:fbff:80ff:fffe] | Teredo, inverted
	[fe80::5efe:127.0.0.1] | ISATAP
	[fc00::1] | unique local
	[fdff:ffff::1] | unique local
	[fe80::1] | link-local
	[febf::1] | link-local
	[fec0::1] | site-local
	[ff02::1] | multicast
	[ff0e::1] | multicast
	[2001:db8::1] | documentation
	[3fff::1] | documentation
	[2001:20::1] | ORCHIDv2
	[100::1] | discard
	[5f00::1] | segment routing
	[fe80::1%25eth0] | a zone
	[::1%25lo] | a zone
	[::1%lo] | a zone, not encoded ? gone
	[2606:2800:220:1::1%25eth0] | a zone
	[::1 | a bracket that is open ? gone`

const named = `
	localhost | a name of this machine
	LOCALHOST | in capitals
	LocalHost. | a dot behind
	ｌｏｃａｌｈｏｓｔ | full-width letters
	ⓛⓞⓒⓐⓛⓗⓞⓢⓣ | letters in circles
	app.localhost | under localhost
	localhost.localdomain | a name of this machine
	loop.test | a name for 127.0.0.1
	private.test | a name for 10.1.2.3
	six.test | a name for ::1
	mapped.test | a name for ::ffff:127.0.0.1
	nat64.test | a name for 64:ff9b::7f00:1
	zero.test | a name for 0.0.0.0
	mixed.test | one public address and a private one
	mixed-last.test | one private address and a public one
	mixed-six.test | one public address and ::1
	many.test | sixteen public addresses and 127.0.0.1
	xn--bcher-kva.test | punycode, a name for 10.1.2.3
	bücher.test | the same, not encoded
	xn--1-7zt.test | punycode of nothing ? gone
	127.0.0.1.absent.test | an address that is a name ? gone`

// urls are whole: {port} is the port.
const urls = `
	http://a@127.0.0.1:{port}/ | a user name
	http://a:b@127.0.0.1:{port}/ | a user name and password
	http://93.184.216.34@127.0.0.1:{port}/ | the user name looks like the host
	http://93.184.216.34:80@127.0.0.1:{port}/ | the user name looks like host and port
	http://93.184.216.34%40127.0.0.1:{port}/ | an encoded @ ? gone
	http://a@93.184.216.34@127.0.0.1:{port}/ | two @ ? gone
	http://127.0.0.1:{port}@93.184.216.34/ | the user name looks like the host
	http://@127.0.0.1:{port}/ | an empty user name
	http://93.184.216.34\@127.0.0.1:{port}/ | a backslash ? gone
	http://127.0.0.1:{port}\@93.184.216.34/ | a backslash ? gone
	http:\\127.0.0.1:{port}\ | backslashes ? gone
	http:/\127.0.0.1:{port}/ | a backslash ? gone
	http:127.0.0.1:{port}/ | no slashes ? gone
	http:/127.0.0.1:{port}/ | one slash ? gone
	http:///127.0.0.1:{port}/ | three slashes ? gone
	http://127.0.0.1:{port}#@93.184.216.34/ | a fragment
	http://127.0.0.1:{port}?@93.184.216.34/ | a query
	http://[::1]:{port}#@93.184.216.34/ | a fragment
	http://127.0.0.1:{port}/%0d%0aX:%20y | CR LF, encoded
	http://127.0.0.1:{port}:80/ | two ports ? gone
	http://127.0.0.1 :{port}/ | a blank ? gone
	http://127.0.0.1%20:{port}/ | an encoded blank ? gone
	HtTp://127.0.0.1:{port}/ | a scheme in both cases
	https://127.0.0.1:{port}/ | https
	//127.0.0.1:{port}/ | no scheme ? gone
	127.0.0.1:{port} | no scheme ? gone
	file:///etc/passwd | a file ? gone
	file://127.0.0.1/etc/passwd | a file ? gone
	FILE:/etc/passwd | a file ? gone
	/etc/passwd | a path ? gone
	gopher://127.0.0.1:{port}/_GET%20/ | gopher ? gone
	ftp://127.0.0.1:{port}/a | ftp ? gone
	tftp://127.0.0.1:{port}/a | tftp ? gone
	dict://127.0.0.1:{port}/a | dict ? gone
	ldap://127.0.0.1:{port}/a | ldap ? gone
	ws://127.0.0.1:{port}/a | a WebSocket ? gone
	rtmp://127.0.0.1:{port}/a | rtmp ? gone
	tcp://127.0.0.1:{port} | tcp ? gone
	unix:///var/run/docker.sock | a socket ? gone
	data:video/mp4;base64,AAAA | data ? gone
	javascript:alert(1) | a script ? gone
	jar:http://127.0.0.1:{port}!/ | a scheme in a scheme ? gone
	url:http://127.0.0.1:{port}/ | a scheme in a scheme ? gone
	concat:http://127.0.0.1:{port}/a\|b | ffmpeg's own ? gone
	subfile,,start,0,end,1,,:/etc/passwd | ffmpeg's own ? gone`

// raw are URLs with characters that no URL has.
var raw = [...]Case{
	{"http://127.0.0.1:{port}/\r\nX: y", "CR LF in the path", true},
	{"http://127.0.0.1:{port}/\nHost: x", "LF in the path", true},
	{"http://127.0.0.1\r\n:{port}/", "CR LF in the host", true},
	{"http://127.0.0.1:{port}/ HTTP/1.1\r\nX: y\r\n\r\n", "a request in the URL", true},
	{"http://127.0.0.1:{port}/\x00", "NUL in the path", true},
	{"http://127.0.0.1\x00.test:{port}/", "NUL in the host", true},
	{"http://127.0.0.1\t:{port}/", "a tab in the host", true},
	{"h\tttp://127.0.0.1:{port}/", "a tab in the scheme", true},
	{"\thttp://127.0.0.1:{port}/", "a tab in front", true},
	{" http://127.0.0.1:{port}/", "a blank in front", true},
	{"http://127.0.0.1:{port}/\x7f", "DEL in the path", true},
	{"http://127.0.0.1\xff:{port}/", "no UTF-8", true},
}

// Cases are all of them, for a port at which they would be heard. Names that have an address are those of Hostile.
func Cases(port string) []Case {
	var all []Case
	for _, table := range []string{metadata, special, spelled, six, named} {
		for _, c := range read(table) {
			c.URL = "http://" + c.URL + ":{port}/"
			all = append(all, c)
		}
	}
	all = append(append(all, read(urls)...), raw[:]...)
	for i := range all {
		all[i].URL = strings.ReplaceAll(all[i].URL, "{port}", port)
	}
	return all
}

// read takes a table apart: URL | meaning, with "? gone" behind.
func read(table string) []Case {
	var cases []Case
	for line := range strings.SplitSeq(strings.TrimSpace(table), "\n") {
		line = strings.ReplaceAll(strings.TrimSpace(line), `\|`, "\x01")
		url, means, _ := strings.Cut(line, " | ")
		means, gone := strings.CutSuffix(means, " ? gone")
		cases = append(cases, Case{strings.ReplaceAll(url, "\x01", "|"), means, gone})
	}
	return cases
}

// Hostile are the names in Cases, as a stranger's name server has them.
func Hostile() Names {
	many := []string{"127.0.0.1"}
	for range 16 {
		many = append(many, "93.184.216.34")
	}
	return Names{
		"localhost": {{"127.0.0.1", "::1"}}, "localhost.": {{"127.0.0.1"}}, "app.localhost": {{"127.0.0.1"}}, "localhost.localdomain": {{"127.0.0.1"}},
		"loop.test": {{"127.0.0.1"}}, "private.test": {{"10.1.2.3"}}, "six.test": {{"::1"}}, "mapped.test": {{"::ffff:127.0.0.1"}},
		"nat64.test": {{"64:ff9b::7f00:1"}}, "zero.test": {{"0.0.0.0"}}, "metadata.test": {{"169.254.169.254"}},
		"mixed.test": {{"93.184.216.34", "10.1.2.3"}}, "mixed-last.test": {{"192.168.0.1", "93.184.216.34"}}, "mixed-six.test": {{"93.184.216.34", "::1"}},
		"many.test": {many}, "xn--bcher-kva.test": {{"10.1.2.3"}},
	}
}
