"""Configuration files in a few words."""


def instance(name="VI_1", vrid=51, priority=100, vips=("10.0.0.100/24",), interface="eth0", advert_int=1, extra="", state="BACKUP"):
    """One vrrp_instance block. extra: further lines."""
    addresses = "\n".join(f"        {vip}" for vip in vips)
    return (f"vrrp_instance {name} {{\n    state {state}\n    interface {interface}\n    virtual_router_id {vrid}\n"
            f"    priority {priority}\n    advert_int {advert_int}\n{extra}\n"
            f"    virtual_ipaddress {{\n{addresses}\n    }}\n}}\n")


def keepalived_conf(*blocks, globals=""):
    """A whole file: global_defs and the blocks. Quick by default: no second burst of gratuitous ARP."""
    return f"global_defs {{\n    router_id lab\n{globals}\n}}\n" + "\n".join(blocks)
