# ElastiCache: a primary and a replica in two zones, encrypted at rest and on the way. It fails over by
# itself; what was acknowledged within the last moments before may be lost then, since replicas of
# ElastiCache follow asynchronously (docs/operations.md).

resource "aws_elasticache_subnet_group" "this" {
  count      = var.elasticache ? 1 : 0
  name       = var.name
  subnet_ids = aws_subnet.private[*].id
}

resource "aws_elasticache_parameter_group" "this" {
  count  = var.elasticache ? 1 : 0
  name   = var.name
  family = "redis7"

  # thumbd refuses submits before memory runs out; evicting would drop jobs.
  parameter {
    name  = "maxmemory-policy"
    value = "noeviction"
  }
}

resource "aws_security_group" "redis" {
  count       = var.elasticache ? 1 : 0
  name        = "${var.name}-redis"
  description = "Redis from the nodes of the cluster"
  vpc_id      = aws_vpc.this.id
}

resource "aws_vpc_security_group_ingress_rule" "redis" {
  count                        = var.elasticache ? 1 : 0
  security_group_id            = aws_security_group.redis[0].id
  description                  = "Redis from the nodes"
  referenced_security_group_id = aws_eks_cluster.this.vpc_config[0].cluster_security_group_id
  from_port                    = 6379
  to_port                      = 6379
  ip_protocol                  = "tcp"
}

resource "random_password" "redis" {
  count   = var.elasticache ? 1 : 0
  length  = 40
  special = false
}

resource "aws_elasticache_replication_group" "this" {
  count                      = var.elasticache ? 1 : 0
  replication_group_id       = var.name
  description                = "Jobs of ${var.name}"
  engine                     = "redis"
  engine_version             = "7.1"
  node_type                  = var.redis_node_type
  num_cache_clusters         = 2
  automatic_failover_enabled = true
  multi_az_enabled           = true
  at_rest_encryption_enabled = true
  transit_encryption_enabled = true
  auth_token                 = random_password.redis[0].result
  snapshot_retention_limit   = 3
  parameter_group_name       = aws_elasticache_parameter_group.this[0].name
  subnet_group_name          = aws_elasticache_subnet_group.this[0].name
  security_group_ids         = [aws_security_group.redis[0].id]
}
