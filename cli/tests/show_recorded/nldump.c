/* Prints what the kernel answers to a dump request, one message a line in hexadecimal: nldump TYPE PAYLOAD-IN-HEX.
   Statically linked, so that it runs in the smallest VM. */
#include <linux/netlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

int main(int count, char **words)
{
    static unsigned char buffer[1 << 16] __attribute__((aligned(4)));
    struct nlmsghdr *head = (void *)buffer;
    int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE), on = 1, length = NLMSG_HDRLEN;
    if (fd < 0 || count != 3)
        return 2;
    setsockopt(fd, SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
    for (char *byte = words[2]; *byte; byte += 2)
        sscanf(byte, "%2hhx", &buffer[length++]);
    head->nlmsg_len = length;
    head->nlmsg_type = atoi(words[1]);
    head->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
    send(fd, buffer, length, 0);
    for (;;) {
        int rest = recv(fd, buffer, sizeof buffer, 0);
        for (head = (void *)buffer; NLMSG_OK(head, rest); head = NLMSG_NEXT(head, rest)) {
            if (head->nlmsg_type == NLMSG_DONE)
                return 0;
            if (head->nlmsg_type == NLMSG_ERROR)
                return 1;
            for (unsigned at = 0; at < NLMSG_ALIGN(head->nlmsg_len); at++)
                printf("%02x", ((unsigned char *)head)[at]);
            puts("");
        }
        if (rest < 0)
            return 2;
    }
}
